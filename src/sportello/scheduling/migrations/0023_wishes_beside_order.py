"""That a visit came too near what it needs stays a conflict of its own, whatever else was wished for that visit."""

from alembic import op

revision = "scheduling_0023"
down_revision = "scheduling_0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.wish drop constraint wish_pkey,
            add column about text generated always as
                (case when by = 'prerequisite' then 'order' else 'time' end) stored,
            add primary key (appointment, about);
        comment on column scheduling.wish.about is
            'time: somebody wishes another one, or declines; order: what must come before is cancelled, or too near';
        """
    )
