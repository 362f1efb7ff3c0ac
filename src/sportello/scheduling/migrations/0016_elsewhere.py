"""Calendars that another system keeps: copies of its times, the visits there, what is asked of it and not settled."""

from alembic import op

revision = "scheduling_0016"
down_revision = "scheduling_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.kept_elsewhere (
            one    boolean     primary key default true check (one),
            since  timestamptz not null
        );
        comment on table scheduling.kept_elsewhere is 'a row means that another system keeps the calendars';

        alter table scheduling.slot
            add column remote          text,
            add column remote_version  text not null default '',
            add column remote_services text[] not null default '{}';
        comment on column scheduling.slot.remote is 'of a copy: the id of the slot in the other system';
        comment on column scheduling.slot.remote_services is 'for which types the other system offered it';
        create index slot_remote on scheduling.slot (schedule, starts) where remote is not null;

        alter table scheduling.hold
            add column remote       text,
            add column remote_until timestamptz,
            add column remote_for   text;
        comment on column scheduling.hold.remote is 'the id of the hold in the other system; null: it holds none';
        comment on column scheduling.hold.remote_for is 'the patient it is held for there';

        alter table scheduling.appointment add column remote text;
        comment on column scheduling.appointment.remote is 'the id of the visit in the other system';

        create table scheduling.elsewhere_answer (
            about       text        primary key,
            asked_at    timestamptz not null,
            answered_at timestamptz,
            trouble     text        not null default ''
        );
        comment on table scheduling.elsewhere_answer is 'which free times were asked for, and when they were told last';

        -- Written before it is sent, so that one whose answer was lost can be found, and what nobody kept taken back.
        create table scheduling.elsewhere_order (
            id          uuid        primary key,
            what        text        not null check (what in ('book', 'move', 'cancel')),
            key         text        not null,
            state       text        not null default 'sending' check (state in
                        ('sending', 'made', 'kept', 'refused', 'lost', 'undoing', 'undone', 'stuck')),
            patient     text        not null,
            appointment uuid        references scheduling.appointment,
            body        jsonb       not null,
            told        jsonb,
            at          timestamptz not null
        );
        comment on column scheduling.elsewhere_order.key is 'two clicks ask for one thing';
        comment on column scheduling.elsewhere_order.state is
            'lost: no answer yet; made: done there, not yet kept here; undone: taken back, or nothing was there';
        create unique index elsewhere_order_open on scheduling.elsewhere_order (key)
            where state in ('sending', 'lost', 'made', 'undoing');
        create index elsewhere_order_at on scheduling.elsewhere_order (at desc);
        """
    )
