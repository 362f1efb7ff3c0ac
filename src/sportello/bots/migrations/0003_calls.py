"""What the house answered to the calls of a turn: kept with it, so that it can be replayed."""

from alembic import op

revision = "bots_0003"
down_revision = "bots_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table bots.turn add column heard jsonb not null default '[]'")
