"""Tokens given out to a registered system are its own: withdrawing the system withdraws them."""

from alembic import op

revision = "administration_0002"
down_revision = "administration_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table administration.machine_token add column holder uuid;
        comment on column administration.machine_token.holder is 'the registered system that asked for it, if one did';
        create index machine_token_holder on administration.machine_token (holder) where holder is not null;
        """
    )
