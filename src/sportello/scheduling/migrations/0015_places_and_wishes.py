"""Places and roles as FHIR resources, what a hold was asked for, and other times that somebody wishes."""

from alembic import op

revision = "scheduling_0015"
down_revision = "scheduling_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        alter table scheduling.hold add column asked jsonb;
        comment on column scheduling.hold.asked is 'the Appointment another system asked it for';

        create table scheduling.wish (
            appointment uuid        primary key references scheduling.appointment on delete cascade,
            by          text        not null check (by in ('patient', 'practitioner', 'location')),
            starts      timestamptz,
            note        text        not null default '' check (length(note) <= 2000),
            at          timestamptz not null
        );
        comment on table scheduling.wish is
            'answers to a visit that a person has to decide on: another time, or a practitioner who cannot';

        create view scheduling.fhir_location as
        select 'Location'::text as type, l.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'Location'::text as facet, null::text as patient, null::text as encounter,
               case when l.active then 'active' else 'inactive' end as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['status|*|' || case when l.active then 'active' else 'inactive' end] as tokens,
               array[]::text[] as refs, lower(unaccent(l.name)) as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'Location', 'id', l.id,
                   'status', case when l.active then 'active' else 'inactive' end, 'name', l.name, 'mode', 'instance',
                   'extension', jsonb_build_array(jsonb_build_object(
                       'url', 'http://hl7.org/fhir/StructureDefinition/timezone', 'valueCode', l.zone)),
                   'telecom', case when l.phone <> '' then jsonb_build_array(jsonb_build_object(
                       'system', 'phone', 'value', l.phone)) end,
                   'address', case when l.address || l.town || l.postal_code <> '' then jsonb_build_object(
                       'line', case when l.address <> '' then jsonb_build_array(l.address) end,
                       'city', nullif(l.town, ''), 'postalCode', nullif(l.postal_code, '')) end,
                   'position', case when l.latitude is not null and l.longitude is not null then jsonb_build_object(
                       'longitude', l.longitude, 'latitude', l.latitude) end)) as body,
               null::text as near
        from scheduling.location l;

        create view scheduling.fhir_role as
        select 'PractitionerRole'::text as type, r.id, 1 as version, '2000-01-01Z'::timestamptz as updated,
               'PractitionerRole'::text as facet, null::text as patient, null::text as encounter, null::text as status,
               null::timestamptz as at, null::timestamptz as at_end,
               array['active|*|' || (r.active and p.active), 'specialty|*|' || r.specialty] as tokens,
               array['Practitioner/' || r.practitioner, 'Location/' || r.location]
                   || array(select 'HealthcareService/' || v.id from scheduling.service v
                            where v.active and v.id = any (r.services)
                               or cardinality(r.services) = 0 and v.specialty = r.specialty) as refs,
               ''::text as text,
               jsonb_strip_nulls(jsonb_build_object(
                   'resourceType', 'PractitionerRole', 'id', r.id, 'active', r.active and p.active,
                   'practitioner', scheduling.refers('Practitioner', p.id, p.name),
                   'specialty', jsonb_build_array(scheduling.concept('specialty', s.id, s.name)),
                   'location', jsonb_build_array(scheduling.refers('Location', l.id, l.name)),
                   'healthcareService', (
                       select jsonb_agg(scheduling.refers('HealthcareService', v.id,
                                                          coalesce(v.name ->> 'it', v.name ->> 'en')) order by v.id)
                       from scheduling.service v where v.active and (v.id = any (r.services)
                           or cardinality(r.services) = 0 and v.specialty = r.specialty)),
                   'availableTime', (
                       select jsonb_agg(jsonb_build_object(
                           'daysOfWeek', jsonb_build_array(
                               (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[(h ->> 'weekday')::int + 1]),
                           'availableStartTime', h ->> 'begins', 'availableEndTime', h ->> 'ends')
                           order by c.id, (h ->> 'weekday')::int, h ->> 'begins')
                       from scheduling.schedule c cross join lateral jsonb_array_elements(c.hours) h
                       where c.role = r.id and c.active and c.cycle = 1))) as body,
               null::text as near
        from scheduling.practitioner_role r
        join scheduling.practitioner p on p.id = r.practitioner
        join scheduling.specialty s on s.id = r.specialty
        join scheduling.location l on l.id = r.location;
        """
    )
