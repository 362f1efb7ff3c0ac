"""Consult, transfer, timers, reopening: what a conversation goes through."""

revision = "conversations_0002"
down_revision = "conversations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
