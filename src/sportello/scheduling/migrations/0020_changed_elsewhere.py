"""What was last seen of visits in the other system, so that what somebody changes there by hand is followed here."""

from alembic import op

revision = "scheduling_0020"
down_revision = "scheduling_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.elsewhere_visit (
            appointment uuid        primary key references scheduling.appointment on delete cascade,
            words       text        not null default '',
            flagged     text        not null default '',
            seen_at     timestamptz
        );
        comment on table scheduling.elsewhere_visit is
            'visits there as they were seen last: a table of its own, for the copy itself has not changed';
        comment on column scheduling.elsewhere_visit.words is 'a mark of reason and details there; empty: never seen';
        comment on column scheduling.elsewhere_visit.flagged is
            'a mark of what there could not be followed, so that a person is told of it once';
        comment on column scheduling.elsewhere_visit.seen_at is 'null: to be looked at in the next round';
        create index elsewhere_visit_seen on scheduling.elsewhere_visit (seen_at nulls first);
        create index appointment_remote on scheduling.appointment (remote) where remote is not null;

        create table scheduling.elsewhere_watch (
            one       boolean     primary key default true check (one),
            since     timestamptz not null,
            looked_at timestamptz,
            trouble   boolean     not null default false
        );
        comment on column scheduling.elsewhere_watch.since is 'up to when changes were told, by the other clock';

        alter table scheduling.elsewhere_order add column theirs boolean not null default false;
        comment on column scheduling.elsewhere_order.theirs is 'somebody changed it there, nobody asked for it here';

        alter table scheduling.wish drop constraint wish_by_check,
            add constraint wish_by_check
            check (by in ('patient', 'practitioner', 'location', 'prerequisite', 'elsewhere'));
        comment on column scheduling.wish.by is
            'who wishes another time; prerequisite: what must come before it is cancelled, or too near;'
            ' elsewhere: the other system, that keeps the calendars, has it otherwise';
        """
    )
