"""Presences of the house's own, missed offers, work by channel."""

revision = "routing_0003"
down_revision = "routing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
