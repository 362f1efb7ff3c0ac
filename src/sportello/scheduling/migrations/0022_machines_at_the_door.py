"""Rooms and devices at the FHIR door under names of their own: read, referred to, and found as who takes part."""

from alembic import op

revision = "scheduling_0022"
down_revision = "scheduling_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        create function scheduling.stands_as(resource text) returns text language sql stable parallel safe as $$
            select case when r.kind = 'device' then 'Device/' || r.id
                        when exists (select from scheduling.location l where l.id = r.id) then 'Location/room.' || r.id
                        else 'Location/' || r.id end
            from scheduling.resource r where r.id = $1
        $$;
        comment on function scheduling.stands_as is
            'how FHIR refers to a room or device; a room that shares its id with a place is told apart from it';
        create function scheduling.beside(resources text[], alone text) returns text[]
        language sql stable parallel safe as $$
            select coalesce(array_agg(scheduling.stands_as(x) order by x), '{}')
            from unnest(resources) x where x is distinct from alone
        $$;
        create function scheduling.refers_beside(resources text[], alone text) returns jsonb
        language sql stable parallel safe as $$
            select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                       'reference', scheduling.stands_as(r.id), 'display', nullif(r.name, ''))) order by r.id), '[]')
            from scheduling.resource r where r.id = any (resources) and r.id is distinct from alone
        $$;
        create or replace function scheduling.refers(kind text, id text, name text) returns jsonb
        language sql stable parallel safe as $$
            select jsonb_strip_nulls(jsonb_build_object(
                'reference', coalesce(
                    (select scheduling.stands_as(p.resource) from scheduling.practitioner p
                     where $1 = 'Practitioner' and p.id = $2),
                    $1 || '/' || $2),
                'display', nullif($3, '')))
        $$;

        create view scheduling.fhir_device as
        select 'Device'::text as type, r.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'Device'::text as facet, null::text as patient, null::text as encounter,
               case when r.active then 'active' else 'inactive' end as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['status|*|' || case when r.active then 'active' else 'inactive' end] as tokens,
               array['Location/' || r.location] as refs, lower(unaccent(r.name)) as text,
               jsonb_build_object(
                   'resourceType', 'Device', 'id', r.id,
                   'status', case when r.active then 'active' else 'inactive' end,
                   'deviceName', jsonb_build_array(jsonb_build_object(
                       'name', r.name, 'type', 'user-friendly-name')),
                   'location', scheduling.refers('Location', l.id, l.name)) as body,
               null::text as near
        from scheduling.resource r join scheduling.location l on l.id = r.location
        where r.kind = 'device';

        alter view scheduling.fhir_location rename to fhir_place;
        create view scheduling.fhir_location as
        select * from scheduling.fhir_place
        union all
        select 'Location'::text as type, split_part(scheduling.stands_as(r.id), '/', 2) as id, 1 as version,
               '2000-01-01Z'::timestamptz as updated, 'Location'::text as facet, null::text as patient,
               null::text as encounter, case when r.active then 'active' else 'inactive' end as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['status|*|' || case when r.active then 'active' else 'inactive' end] as tokens,
               array['Location/' || r.location] as refs, lower(unaccent(r.name)) as text,
               jsonb_build_object(
                   'resourceType', 'Location', 'id', split_part(scheduling.stands_as(r.id), '/', 2),
                   'status', case when r.active then 'active' else 'inactive' end, 'name', r.name, 'mode', 'instance',
                   'physicalType', jsonb_build_object('coding', jsonb_build_array(jsonb_build_object(
                       'system', 'http://terminology.hl7.org/CodeSystem/location-physical-type', 'code', 'ro',
                       'display', 'Room'))),
                   'partOf', scheduling.refers('Location', l.id, l.name)) as body,
               null::text as near
        from scheduling.resource r join scheduling.location l on l.id = r.location
        where r.kind <> 'device';
        comment on view scheduling.fhir_location is 'places, and their rooms as parts of them';

        -- Of a room or device there is no PractitionerRole: nobody practises.
        do $$
        declare told text := rtrim(pg_get_viewdef('scheduling.fhir_role'::regclass), '; ');
        begin
            execute 'create or replace view scheduling.fhir_role as ' || told || ' where p.resource is null';
        end $$;

        create or replace view scheduling.fhir_schedule as
        select 'Schedule'::text as type, s.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'Schedule'::text as facet, null::text as patient, null::text as encounter, null::text as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['active|*|' || s.active, 'specialty|*|' || s.specialty]
                   || array(select 'serviceType|*|' || x from unnest(s.services) x) as tokens,
               case when d.resource is null
                   then array['Practitioner/' || s.practitioner, 'PractitionerRole/' || s.role]
                   else array[scheduling.stands_as(d.resource)] end
                   || array['Location/' || s.location]
                   || case when s.resources = '{}' then '{}' else scheduling.beside(s.resources, d.resource) end
                   as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Schedule', 'id', s.id, 'active', s.active,
                   'serviceType', (select jsonb_agg(scheduling.concept('service', v.id, v.name) order by v.id)
                                   from scheduling.service v where v.id = any(s.services)),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', p.id, p.name)),
                   'actor', jsonb_build_array(scheduling.refers('Practitioner', d.id, d.name))
                       || case when d.resource is null
                              then jsonb_build_array(scheduling.refers('PractitionerRole', s.role, ''))
                              else '[]' end
                       || jsonb_build_array(scheduling.refers('Location', l.id, l.name))
                       || case when s.resources = '{}' then '[]'
                              else scheduling.refers_beside(s.resources, d.resource) end,
                   'comment', nullif(s.name, ''))) as body,
               null::text as near
        from scheduling.schedule s
        join scheduling.specialty p on p.id = s.specialty
        join scheduling.practitioner d on d.id = s.practitioner
        join scheduling.location l on l.id = s.location;

        create or replace view scheduling.fhir_visit as
        select 'Appointment'::text as type, a.id::text as id, a.version, a.changed_at as updated,
               'Appointment'::text as facet, a.patient, null::text as encounter, a.status, a.starts as at,
               a.ends as at_end,
               array_remove(array['status|*|' || a.status, 'specialty|*|' || a.specialty,
                                  'serviceType|*|' || a.service], null) as tokens,
               array_remove(array['Patient/' || a.patient,
                                  case when d.resource is null then 'Practitioner/' || a.practitioner
                                       else scheduling.stands_as(d.resource) end,
                                  'Location/' || a.location, 'Slot/' || a.slot], null)
                   || case when u.resources = '{}' or u.resources is null then '{}'
                          else scheduling.beside(u.resources, d.resource) end as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Appointment', 'id', a.id::text, 'status', a.status,
                   'identifier', case when a.series is not null then jsonb_build_array(jsonb_build_object(
                       'system', 'urn:sportello:series', 'value', a.series)) end,
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
                           'actor', scheduling.refers('Location', l.id, l.name), 'status', 'accepted')) end
                       || case when u.resources = '{}' or u.resources is null then '[]' else (
                           select coalesce(jsonb_agg(jsonb_build_object('actor', x, 'status', 'accepted')), '[]')
                           from jsonb_array_elements(scheduling.refers_beside(u.resources, d.resource)) x) end))
                   as body,
               a.patient as near
        from scheduling.appointment a
        left join scheduling.practitioner d on d.id = a.practitioner
        left join scheduling.location l on l.id = a.location
        left join scheduling.service v on v.id = a.service
        left join scheduling.specialty p on p.id = a.specialty
        left join scheduling.slot u on u.id = a.slot;

        create or replace view scheduling.fhir_appointment as
        select * from scheduling.fhir_visit
        union all
        select 'Appointment'::text as type, w.id::text as id, w.version, w.changed_at as updated,
               'Appointment'::text as facet, w.patient, null::text as encounter,
               case when w.state in ('waiting', 'offered') then 'waitlist' else 'cancelled' end as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array_remove(array[
                   'status|*|' || case when w.state in ('waiting', 'offered') then 'waitlist' else 'cancelled' end,
                   'specialty|*|' || v.specialty, 'serviceType|*|' || w.service], null) as tokens,
               array_remove(array['Patient/' || w.patient,
                                  case when d.resource is null then 'Practitioner/' || nullif(w.practitioner, '')
                                       else scheduling.stands_as(d.resource) end,
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
        left join scheduling.practitioner d on d.id = w.practitioner
        where not exists (select from scheduling.appointment a where a.id = w.id);
        """
    )
