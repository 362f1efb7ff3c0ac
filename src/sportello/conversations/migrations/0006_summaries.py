"""What was handed over is told in each language, so that every agent reads it in their own."""

from alembic import op

revision = "conversations_0006"
down_revision = "conversations_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table conversations.conversation add column summaries jsonb not null default '{}';
        comment on column conversations.conversation.summaries is
            'the summary by language; empty where it was kept in one alone, which column summary has';
        """
    )
