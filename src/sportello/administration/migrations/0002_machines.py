"""Machine clients, their keys and scopes."""

revision = "administration_0002"
down_revision = "administration_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
