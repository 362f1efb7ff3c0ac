"""A series that is moved or cancelled in another system is written down as one, so that a half of it is told."""

from alembic import op

revision = "scheduling_0024"
down_revision = "scheduling_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.elsewhere_series (
            id       uuid          primary key,
            what     text          not null check (what in ('move', 'cancel')),
            patient  text          not null,
            visits   uuid[]        not null,
            was      timestamptz[] not null,
            due      timestamptz[] not null,
            at       timestamptz   not null,
            left_at  timestamptz
        );
        comment on table scheduling.elsewhere_series is
            'visits that are moved or cancelled together there; gone once all of them are, and kept here';
        comment on column scheduling.elsewhere_series.was is 'of each visit: when it stood before';
        comment on column scheduling.elsewhere_series.due is 'of each visit: when it was to stand';
        comment on column scheduling.elsewhere_series.left_at is
            'since when a person is told, for as long as some are moved or cancelled and others stand';

        alter table scheduling.elsewhere_order
            add column together   uuid,
            add column touched_at timestamptz not null default now();
        comment on column scheduling.elsewhere_order.together is 'the change of a series that it is a part of';
        comment on column scheduling.elsewhere_order.touched_at is
            'when its state changed last: who has been undoing it for minutes has died';
        create index elsewhere_order_together on scheduling.elsewhere_order (together) where together is not null;
        """
    )
