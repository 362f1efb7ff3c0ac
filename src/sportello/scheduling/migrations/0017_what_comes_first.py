"""A visit that needs another one first is a person's to decide on when that one is cancelled or moved too near."""

from alembic import op

revision = "scheduling_0017"
down_revision = "scheduling_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.wish drop constraint wish_by_check,
            add constraint wish_by_check check (by in ('patient', 'practitioner', 'location', 'prerequisite'));
        comment on column scheduling.wish.by is
            'who wishes another time; prerequisite: what must come before it is cancelled, or too near';
        """
    )
