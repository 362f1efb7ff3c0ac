"""Rooms and devices, buffers, seats, exceptions, closures, and overbooking."""

from alembic import op

revision = "scheduling_0002"
down_revision = "scheduling_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.resource (
            id        text    primary key check (length(id) between 1 and 100),
            kind      text    not null check (kind in ('room', 'device')),
            name      text    not null check (length(name) between 1 and 200),
            location  text    not null references scheduling.location,
            active    boolean not null default true
        );
        comment on table scheduling.resource is 'what a visit needs beside a person; its row lock orders its time';

        alter table scheduling.location add column holidays text not null default '';
        comment on column scheduling.location.holidays is
            'a country, or country-subdivision, of the holidays library whose public holidays are closed; empty: none';

        alter table scheduling.schedule
            add column name          text     not null default '',
            add column buffer_before smallint not null default 0 check (buffer_before between 0 and 240),
            add column buffer_after  smallint not null default 0 check (buffer_after between 0 and 240),
            add column seats         smallint not null default 1 check (seats between 1 and 200),
            add column resources     text[]   not null default '{}',
            add column cycle         smallint not null default 1 check (cycle between 1 and 8),
            add column weeks_ahead   smallint not null default 8 check (weeks_ahead between 1 and 104);
        comment on column scheduling.schedule.cycle is 'after how many weeks the template begins anew';
        comment on column scheduling.schedule.seats is 'how many patients share one time';

        create table scheduling.exception (
            schedule  text  not null references scheduling.schedule on delete cascade,
            on_date   date  not null,
            hours     jsonb not null default '[]',
            note      text  not null default '' check (length(note) <= 200),
            primary key (schedule, on_date)
        );
        comment on table scheduling.exception is 'a day unlike the template, also on a holiday; no hours: closed';

        alter table scheduling.slot
            add column before    smallint not null default 0,
            add column after     smallint not null default 0,
            add column seats     smallint not null default 1,
            add column resources text[]   not null default '{}',
            add column orphan    boolean  not null default false;
        comment on column scheduling.slot.before is 'minutes that are claimed before it starts';
        comment on column scheduling.slot.orphan is 'no longer in its template, and kept for who has it';
        create index slot_resources on scheduling.slot using gin (resources) where resources <> '{}';

        alter table scheduling.claim
            add column slot bigint references scheduling.slot on delete cascade,
            drop constraint claim_check,
            add constraint claim_owner check (num_nonnulls(hold, appointment, slot) = 1);
        comment on column scheduling.claim.slot is
            'a time with several seats has its people and rooms itself, as long as any seat is taken';
        create index claim_slot on scheduling.claim (slot) where slot is not null;

        create table scheduling.closure (
            id            uuid        primary key,
            during        tstzrange   not null check (not isempty(during) and lower(during) is not null
                                                      and upper(during) is not null),
            practitioner  text        references scheduling.practitioner,
            resource      text        references scheduling.resource,
            location      text        references scheduling.location,
            schedule      text        references scheduling.schedule,
            reason        text        not null check (length(reason) between 1 and 200),
            by            text        not null,
            at            timestamptz not null,
            lifted_by     text,
            lifted_at     timestamptz
        );
        comment on table scheduling.closure is 'no new bookings in this time; nobody named: the whole hospital';
        create index closure_standing on scheduling.closure using gist (during) where lifted_at is null;

        alter table scheduling.appointment add column overbooked text not null default '';
        comment on column scheduling.appointment.overbooked is 'why it was booked beyond the seats there are';

        create index appointment_slot on scheduling.appointment (slot) where slot is not null;
        """
    )
