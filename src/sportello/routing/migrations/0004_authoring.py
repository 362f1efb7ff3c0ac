"""Drafts and trials of plans."""

revision = "routing_0004"
down_revision = "routing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
