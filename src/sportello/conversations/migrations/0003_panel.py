"""Attachments, redaction, quick replies, requests for a transcript."""

revision = "conversations_0003"
down_revision = "conversations_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
