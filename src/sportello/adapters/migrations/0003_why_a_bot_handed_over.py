"""Why a bot elsewhere no longer has a talk, for the figures of whoever answers for it."""

from alembic import op

revision = "adapters_0003"
down_revision = "adapters_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- A code: ended, taken, red-flag, asked, bot-asked, bot-timeout, bot-error, bot-down; empty while it has it.
        alter table adapters.bot_session add column reason text not null default '';
        create index bot_session_opened on adapters.bot_session (opened_at);
        """
    )
