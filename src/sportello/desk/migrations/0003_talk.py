"""Quick replies of an agent's own."""

revision = "desk_0003"
down_revision = "desk_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
