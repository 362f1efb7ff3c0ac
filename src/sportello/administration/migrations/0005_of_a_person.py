"""Tokens that stand for a member of staff."""

from alembic import op

revision = "administration_0005"
down_revision = "administration_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table administration.machine_token add column staff uuid references administration.staff;
        comment on column administration.machine_token.staff is 'for whom it asks: it may no more than they may';
        """
    )
