"""Openings of sensitive parts are looked at afterwards by somebody who may judge them."""

from alembic import op

revision = "record_0002"
down_revision = "record_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table record.opening
            add column verdict     text not null default '' check (verdict in ('', 'justified', 'questioned')),
            add column review_note text not null default '' check (length(review_note) <= 1000),
            add column reviewer    text not null default '',
            add column reviewed_at timestamptz;
        create index opening_unreviewed on record.opening (at desc) where verdict = '';
        create index opening_at on record.opening (at desc, id);
        """
    )
