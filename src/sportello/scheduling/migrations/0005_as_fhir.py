"""Schedules, slots, appointments and services as FHIR R4 resources, for the FHIR door to search and read."""

from alembic import op

revision = "scheduling_0005"
down_revision = "scheduling_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        alter table scheduling.slot
            add column version    integer     not null default 1,
            add column changed_at timestamptz not null default now();
        alter table scheduling.appointment add column version integer not null default 1;
        create function scheduling.count_version() returns trigger language plpgsql as $$
        begin
            new.version := old.version + 1;
            new.changed_at := greatest(new.changed_at, now());
            return new;
        end $$;
        create trigger count_version before update on scheduling.slot for each row
            when (old.* is distinct from new.*) execute function scheduling.count_version();
        create trigger count_version before update on scheduling.appointment for each row
            when (old.* is distinct from new.*) execute function scheduling.count_version();

        -- The door reads by id as text, in its order.
        create index slot_id_text on scheduling.slot ((id::text));
        create index appointment_id_text on scheduling.appointment ((id::text));
        create index slot_starts on scheduling.slot (starts);

        create function scheduling.instant(t timestamptz) returns text language sql stable parallel safe as $$
            select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        $$;
        create function scheduling.concept(system text, code text, name jsonb) returns jsonb
        language sql immutable parallel safe as $$
            select jsonb_build_object(
                'coding', jsonb_build_array(jsonb_build_object(
                    'system', 'urn:sportello:' || system, 'code', code,
                    'display', coalesce(name ->> 'it', name ->> 'en'))),
                'text', coalesce(name ->> 'it', name ->> 'en'))
        $$;
        create function scheduling.refers(kind text, id text, name text) returns jsonb
        language sql immutable parallel safe as $$
            select jsonb_strip_nulls(jsonb_build_object('reference', kind || '/' || id, 'display', nullif(name, '')))
        $$;

        create view scheduling.fhir_service as
        select 'HealthcareService'::text as type, s.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'HealthcareService'::text as facet, null::text as patient, null::text as encounter,
               null::text as status, null::timestamptz as at, null::timestamptz as at_end,
               array['active|*|' || s.active, 'specialty|*|' || s.specialty] as tokens, array[]::text[] as refs,
               lower(unaccent(coalesce(s.name ->> 'it', '') || ' ' || coalesce(s.name ->> 'en', ''))) as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'HealthcareService', 'id', s.id, 'active', s.active,
                   'name', coalesce(s.name ->> 'it', s.name ->> 'en'),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', p.id, p.name)),
                   'type', jsonb_build_array(scheduling.concept('service', s.id, s.name)),
                   'extraDetails', coalesce(s.preparation ->> 'it', s.preparation ->> 'en'),
                   'appointmentRequired', true)) as body,
               null::text as near
        from scheduling.service s join scheduling.specialty p on p.id = s.specialty;

        create view scheduling.fhir_schedule as
        select 'Schedule'::text as type, s.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'Schedule'::text as facet, null::text as patient, null::text as encounter, null::text as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['active|*|' || s.active, 'specialty|*|' || s.specialty]
                   || array(select 'serviceType|*|' || x from unnest(s.services) x) as tokens,
               array['Practitioner/' || s.practitioner, 'PractitionerRole/' || s.role,
                     'Location/' || s.location] as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Schedule', 'id', s.id, 'active', s.active,
                   'serviceType', (select jsonb_agg(scheduling.concept('service', v.id, v.name) order by v.id)
                                   from scheduling.service v where v.id = any(s.services)),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', p.id, p.name)),
                   'actor', jsonb_build_array(
                       scheduling.refers('Practitioner', d.id, d.name),
                       scheduling.refers('PractitionerRole', s.role, ''),
                       scheduling.refers('Location', l.id, l.name)),
                   'comment', nullif(s.name, ''))) as body,
               null::text as near
        from scheduling.schedule s
        join scheduling.specialty p on p.id = s.specialty
        join scheduling.practitioner d on d.id = s.practitioner
        join scheduling.location l on l.id = s.location;

        create view scheduling.fhir_slot as
        select 'Slot'::text as type, s.id::text as id, s.version, s.changed_at as updated, 'Slot'::text as facet,
               null::text as patient, null::text as encounter, s.status, s.starts as at, s.ends as at_end,
               array['status|*|' || s.status, 'specialty|*|' || c.specialty]
                   || array(select 'serviceType|*|' || x from unnest(c.services) x) as tokens,
               array['Schedule/' || s.schedule] as refs, ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Slot', 'id', s.id::text,
                   'serviceType', (select jsonb_agg(scheduling.concept('service', v.id, v.name) order by v.id)
                                   from scheduling.service v where v.id = any(c.services)),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', p.id, p.name)),
                   'schedule', jsonb_build_object('reference', 'Schedule/' || s.schedule), 'status', s.status,
                   'start', scheduling.instant(s.starts), 'end', scheduling.instant(s.ends))) as body,
               s.schedule as near
        from scheduling.slot s
        join scheduling.schedule c on c.id = s.schedule
        join scheduling.specialty p on p.id = c.specialty;

        create view scheduling.fhir_appointment as
        select 'Appointment'::text as type, a.id::text as id, a.version, a.changed_at as updated,
               'Appointment'::text as facet, a.patient, null::text as encounter, a.status, a.starts as at,
               a.ends as at_end,
               array_remove(array['status|*|' || a.status, 'specialty|*|' || a.specialty,
                                  'serviceType|*|' || a.service], null) as tokens,
               array_remove(array['Patient/' || a.patient, 'Practitioner/' || a.practitioner, 'Location/' || a.location,
                                  'Slot/' || a.slot], null) as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Appointment', 'id', a.id::text, 'status', a.status,
                   'extension', case when a.channel is not null then jsonb_build_array(jsonb_build_object(
                       'url', 'urn:sportello:channel', 'valueCode', a.channel)) end,
                   'cancelationReason', case when a.cancel_reason is not null then jsonb_build_object('coding',
                       jsonb_build_array(jsonb_build_object(
                           'system', 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
                           'code', a.cancel_reason))) end,
                   'serviceType', case when v.id is not null
                       then jsonb_build_array(scheduling.concept('service', v.id, v.name)) end,
                   'specialty', case when p.id is not null
                       then jsonb_build_array(scheduling.concept('specialty', p.id, p.name)) end,
                   'description', nullif(a.reason, ''), 'comment', nullif(a.details, ''),
                   'start', scheduling.instant(a.starts), 'end', scheduling.instant(a.ends),
                   'minutesDuration', (extract(epoch from a.ends - a.starts) / 60)::int,
                   'slot', case when a.slot is not null
                       then jsonb_build_array(jsonb_build_object('reference', 'Slot/' || a.slot)) end,
                   'created', scheduling.instant(a.created_at),
                   'participant', jsonb_build_array(
                       jsonb_build_object('actor', scheduling.refers('Patient', a.patient, ''), 'status', 'accepted'))
                       || case when d.id is null then '[]' else jsonb_build_array(jsonb_build_object(
                           'actor', scheduling.refers('Practitioner', d.id, d.name), 'status', 'accepted')) end
                       || case when l.id is null then '[]' else jsonb_build_array(jsonb_build_object(
                           'actor', scheduling.refers('Location', l.id, l.name), 'status', 'accepted')) end)) as body,
               a.patient as near
        from scheduling.appointment a
        left join scheduling.practitioner d on d.id = a.practitioner
        left join scheduling.location l on l.id = a.location
        left join scheduling.service v on v.id = a.service
        left join scheduling.specialty p on p.id = a.specialty;
        """
    )
