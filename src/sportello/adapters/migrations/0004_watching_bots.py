"""What those who watch a bot elsewhere want to know: when it answered last, and when it was down."""

from alembic import op

revision = "adapters_0004"
down_revision = "adapters_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table adapters.bot_session add column answered_at timestamptz;

        -- The bot was not spoken to from began_at to ended_at; trouble is a code. At most one goes on.
        create table adapters.bot_outage (
            began_at timestamptz primary key,
            ended_at timestamptz,
            trouble  text        not null
        );
        create unique index bot_outage_now on adapters.bot_outage ((true)) where ended_at is null;
        create index bot_outbox_lost on adapters.bot_outbox (at) where state in ('unknown', 'refused');
        """
    )
