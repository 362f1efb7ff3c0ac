"""Lists of work are narrowed by words: among a year's conversations that must not read them all."""

from alembic import op

revision = "conversations_0005"
down_revision = "conversations_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        create index conversation_words on conversations.conversation using gin (
            (visitor_name || E'\n' || topic || E'\n' || summary || E'\n' || wrap_up_note) gin_trgm_ops);
        """
    )
