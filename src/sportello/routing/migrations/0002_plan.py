"""The routing plan, its versions, and what the engine keeps."""

revision = "routing_0002"
down_revision = "routing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
