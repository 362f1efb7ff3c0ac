"""Who waits for a time, times that came free, and what was offered to whom."""

from alembic import op

revision = "scheduling_0010"
down_revision = "scheduling_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.waiting (
            id           uuid        primary key,
            patient      text        not null,
            appointment  uuid        references scheduling.appointment,
            service      text        not null references scheduling.service,
            specialty    text        not null default '',
            practitioner text        not null default '',
            location     text        not null default '',
            channel      text        not null check (channel in ('in_person', 'virtual')),
            from_day     date        not null,
            until_day    date        check (until_day >= from_day),
            weekdays     smallint[]  not null default '{}' check (weekdays <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]),
            part         text        not null default '' check (part in ('', 'morning', 'afternoon', 'evening')),
            priority     text        not null default '' check (priority in ('', 'U', 'B', 'D', 'P')),
            protected    boolean     not null default false,
            referral     text        not null default '' check (length(referral) <= 40),
            referred_on  date,
            reason       text        not null default '' check (length(reason) <= 200),
            details      text        not null default '' check (length(details) <= 2000),
            state        text        not null default 'waiting' check (state in
                         ('waiting', 'offered', 'booked', 'expired', 'withdrawn')),
            booked       uuid        references scheduling.appointment,
            conversation uuid,
            created_by   text        not null,
            created_at   timestamptz not null,
            changed_at   timestamptz not null,
            version      integer     not null default 1
        );
        comment on column scheduling.waiting.appointment is
            'a visit that should be earlier; none: a visit to be booked';
        comment on column scheduling.waiting.protected is
            'no time was within the limit of the priority class: whoever sees to such cases must look';
        create index waiting_open on scheduling.waiting (service, created_at) where state in ('waiting', 'offered');
        create index waiting_patient on scheduling.waiting (patient, created_at);
        create index waiting_id_text on scheduling.waiting ((id::text));
        create trigger count_version before update on scheduling.waiting for each row
            when (old.* is distinct from new.*) execute function scheduling.count_version();

        create table scheduling.opening (
            id        bigint      generated always as identity primary key,
            slot      bigint      not null references scheduling.slot on delete cascade,
            why       text        not null check (why in ('cancelled', 'moved', 'noshow', 'opened')),
            freed_at  timestamptz not null,
            state     text        not null default 'open' check (state in ('open', 'closed')),
            closed_by text,
            closed_at timestamptz
        );
        comment on table scheduling.opening is 'a task: a time came free, and somebody waits for such a time';
        create unique index opening_once on scheduling.opening (slot) where state = 'open';

        create table scheduling.offer (
            id          uuid        primary key,
            token       bytea       not null unique,
            waiting     uuid        not null references scheduling.waiting,
            slot        bigint      not null references scheduling.slot on delete cascade,
            state       text        not null default 'open' check (state in
                        ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')),
            made_by     text        not null,
            made_at     timestamptz not null,
            expires_at  timestamptz not null,
            answered_by text,
            answered_at timestamptz
        );
        comment on table scheduling.offer is 'its slot is held meanwhile, under the owner offer:<id>';
        create unique index offer_one_each on scheduling.offer (waiting) where state = 'open';
        create unique index offer_one_slot on scheduling.offer (slot) where state = 'open';
        create index offer_waiting on scheduling.offer (waiting, slot);

        create table scheduling.waiting_policy (
            single        boolean  primary key default true check (single),
            offer_minutes integer  not null default 240 check (offer_minutes between 15 and 4320),
            lead_minutes  integer  not null default 180 check (lead_minutes between 0 and 10080),
            automatic     boolean  not null default false
        );
        comment on column scheduling.waiting_policy.lead_minutes is 'a time nearer than this is no longer offered';
        comment on column scheduling.waiting_policy.automatic is
            'a freed time is offered to the first who waits, and to the next when it lapses, without staff';
        insert into scheduling.waiting_policy default values;

        alter view scheduling.fhir_appointment rename to fhir_visit;
        create view scheduling.fhir_appointment as
        select * from scheduling.fhir_visit
        union all
        select 'Appointment'::text as type, w.id::text as id, w.version, w.changed_at as updated,
               'Appointment'::text as facet, w.patient, null::text as encounter,
               case when w.state in ('waiting', 'offered') then 'waitlist' else 'cancelled' end as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array_remove(array[
                   'status|*|' || case when w.state in ('waiting', 'offered') then 'waitlist' else 'cancelled' end,
                   'specialty|*|' || v.specialty, 'serviceType|*|' || w.service], null) as tokens,
               array_remove(array['Patient/' || w.patient, 'Practitioner/' || nullif(w.practitioner, ''),
                                  'Location/' || nullif(w.location, '')], null) as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Appointment', 'id', w.id::text,
                   'status', case when w.state in ('waiting', 'offered') then 'waitlist' else 'cancelled' end,
                   'extension', jsonb_build_array(jsonb_build_object(
                       'url', 'urn:sportello:channel', 'valueCode', w.channel)),
                   'serviceType', jsonb_build_array(scheduling.concept('service', v.id, v.name)),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', p.id, p.name)),
                   'priority', nullif(array_position(array['U', 'B', 'D', 'P'], w.priority), 0),
                   'description', nullif(w.reason, ''), 'comment', nullif(w.details, ''),
                   'created', scheduling.instant(w.created_at),
                   'requestedPeriod', jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
                       'start', w.from_day::text, 'end', w.until_day::text))),
                   'participant', jsonb_build_array(
                       jsonb_build_object('actor', scheduling.refers('Patient', w.patient, ''), 'status', 'accepted'))
                       || case when w.practitioner = '' then '[]' else jsonb_build_array(jsonb_build_object(
                           'actor', scheduling.refers('Practitioner', w.practitioner, ''),
                           'status', 'needs-action')) end
                       || case when w.location = '' then '[]' else jsonb_build_array(jsonb_build_object(
                           'actor', scheduling.refers('Location', w.location, ''), 'status', 'needs-action')) end
               )) as body,
               w.patient as near
        from scheduling.waiting w
        join scheduling.service v on v.id = w.service
        join scheduling.specialty p on p.id = v.specialty
        where not exists (select from scheduling.appointment a where a.id = w.id);
        comment on view scheduling.fhir_appointment is
            'visits, and who waits for one; what was booked from the list keeps its id';
        """
    )
