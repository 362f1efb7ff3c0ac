"""The hospital's offer, slots, claims on people's time, appointments, and booking drafts."""

from alembic import op

revision = "scheduling_0001"
down_revision = None
branch_labels = ("scheduling",)
depends_on = ("kit_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists scheduling;
        create extension if not exists btree_gist;

        create table scheduling.specialty (
            id      text   primary key,
            name    jsonb  not null,
            active  boolean not null default true
        );
        create table scheduling.practitioner (
            id      text   primary key,
            name    text   not null,
            active  boolean not null default true
        );
        comment on table scheduling.practitioner is 'its row lock orders all changes to that person''s time';
        create table scheduling.location (
            id          text   primary key,
            name        text   not null,
            address     text   not null,
            town        text   not null,
            postal_code text   not null,
            phone       text   not null,
            latitude    double precision,
            longitude   double precision,
            zone        text   not null,
            active      boolean not null default true
        );
        create table scheduling.postal_code (
            country     text   not null,
            code        text   not null,
            town        text   not null,
            latitude    double precision not null,
            longitude   double precision not null,
            primary key (country, code)
        );
        create table scheduling.service (
            id                text   primary key,
            specialty         text   not null references scheduling.specialty,
            name              jsonb  not null,
            minutes           integer not null check (minutes between 5 and 480),
            channels          text[] not null check (cardinality(channels) > 0
                                                     and channels <@ array['in_person', 'virtual']),
            preparation       jsonb,
            referral_required boolean not null,
            not_by_phone      boolean not null,
            active            boolean not null default true
        );
        create table scheduling.practitioner_role (
            id           text   primary key,
            practitioner text   not null references scheduling.practitioner,
            specialty    text   not null references scheduling.specialty,
            location     text   not null references scheduling.location,
            services     text[] not null,
            active       boolean not null default true
        );
        create table scheduling.schedule (
            id           text   primary key,
            role         text   not null references scheduling.practitioner_role,
            practitioner text   not null references scheduling.practitioner,
            specialty    text   not null references scheduling.specialty,
            location     text   not null references scheduling.location,
            services     text[] not null,
            minutes      integer not null check (minutes between 5 and 480),
            hours        jsonb  not null,
            valid_from   date,
            valid_until  date,
            active       boolean not null default true
        );
        create index schedule_services on scheduling.schedule using gin (services);

        create table scheduling.slot (
            id           bigint generated always as identity primary key,
            schedule     text   not null references scheduling.schedule,
            practitioner text   not null,
            location     text   not null,
            starts       timestamptz not null,
            ends         timestamptz not null check (ends > starts),
            status       text   not null default 'free' check (status in
                         ('free', 'busy-tentative', 'busy', 'busy-unavailable', 'entered-in-error')),
            unique (schedule, starts)
        ) with (fillfactor = 85);
        comment on column scheduling.slot.status is 'follows from the claims on the practitioner''s time';
        create index slot_free on scheduling.slot (schedule, starts) include (id, ends) where status = 'free';
        create index slot_practitioner on scheduling.slot (practitioner, starts);

        create table scheduling.appointment (
            id            uuid   primary key,
            status        text   not null check (status in ('proposed', 'pending', 'booked', 'arrived', 'checked-in',
                          'fulfilled', 'cancelled', 'noshow', 'entered-in-error', 'waitlist')),
            patient       text   not null,
            practitioner  text   references scheduling.practitioner,
            specialty     text   references scheduling.specialty,
            service       text   references scheduling.service,
            location      text   references scheduling.location,
            channel       text   check (channel in ('in_person', 'virtual')),
            slot          bigint references scheduling.slot,
            starts        timestamptz,
            ends          timestamptz,
            reason        text   not null,
            details       text   not null default '',
            sequence      integer not null default 0,
            meeting_link  text,
            link_tries    integer not null default 0,
            link_failed_at timestamptz,
            cancel_reason text   check (cancel_reason in ('pat', 'prov', 'maint', 'meds-inc', 'other')),
            conversation  uuid,
            confirm_to    text,
            created_by    text   not null,
            created_at    timestamptz not null,
            changed_at    timestamptz not null,
            constraint app_2 check ((starts is null) = (ends is null)),
            constraint app_3 check (starts is not null or status in ('proposed', 'cancelled', 'waitlist')),
            constraint app_4 check (cancel_reason is null or status in ('cancelled', 'noshow'))
        );
        comment on column scheduling.appointment.sequence is
            'counts moves and the cancellation, as iCalendar''s SEQUENCE';
        comment on column scheduling.appointment.confirm_to is
            'the address wanted for a confirmation not yet announced';
        create index appointment_patient on scheduling.appointment (patient, starts desc);
        create index appointment_pending on scheduling.appointment (starts) where status = 'pending';

        create table scheduling.appointment_change (
            appointment  uuid   not null references scheduling.appointment,
            number       bigint generated always as identity,
            at           timestamptz not null,
            by           text   not null,
            what         text   not null,
            status       text   not null,
            starts       timestamptz,
            slot         bigint,
            note         text   not null default '',
            primary key (appointment, number)
        );

        create table scheduling.hold (
            owner       text   primary key,
            slot        bigint not null references scheduling.slot,
            practitioner text  not null,
            starts      timestamptz not null,
            ends        timestamptz not null,
            taken_by    text   not null,
            taken_at    timestamptz not null,
            expires_at  timestamptz not null,
            last_at     timestamptz not null
        );
        comment on table scheduling.hold is 'at most one for each owner, such as a wizard; released by deleting it';
        comment on column scheduling.hold.last_at is 'no renewal goes beyond it';
        create index hold_expiry on scheduling.hold (expires_at);

        create table scheduling.claim (
            id          bigint generated always as identity primary key,
            actor       text   not null,
            seat        integer not null default 1,
            during      tstzrange not null,
            hold        text   references scheduling.hold on delete cascade,
            appointment uuid   references scheduling.appointment,
            check (num_nonnulls(hold, appointment) = 1),
            constraint one_seat_one_claim exclude using gist (actor with =, seat with =, during with &&)
        );
        comment on table scheduling.claim is 'who has whose time; the exclusion constraint decides every race';
        create index claim_hold on scheduling.claim (hold) where hold is not null;
        create index claim_appointment on scheduling.claim (appointment) where appointment is not null;

        create table scheduling.wizard (
            id           uuid   primary key,
            mode         text   not null check (mode in ('schedule', 'reschedule')),
            state        text   not null default 'open' check (state in ('open', 'booked', 'done', 'left')),
            patient      text   not null,
            about        jsonb  not null,
            conversation uuid,
            staff        text   not null,
            step         text   not null,
            answers      jsonb  not null,
            appointment  uuid   references scheduling.appointment,
            created_at   timestamptz not null,
            touched_at   timestamptz not null
        );
        comment on column scheduling.wizard.about is 'what the steps need of the patient, read once at the start';
        create index wizard_open on scheduling.wizard (patient, staff) where state in ('open', 'booked');

        create table scheduling.visit_room (
            token       text   primary key,
            appointment uuid   not null unique references scheduling.appointment,
            created_at  timestamptz not null
        );
        """
    )
