"""Resources as they came, in JSONB, beside the columns by which they are found, and every version they had."""

from alembic import op

revision = "fhir_0001"
down_revision = None
branch_labels = ("fhir",)
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists fhir;

        create table fhir.resource (
            type        text        not null,
            id          text        not null,
            version     integer     not null,
            updated     timestamptz not null,
            patient     text,
            encounter   text,
            facet       text        not null,
            status      text,
            at          timestamptz,
            at_end      timestamptz,
            tokens      text[]      not null,
            refs        text[]      not null,
            text        text        not null,
            body        jsonb       not null,
            primary key (type, id)
        );
        comment on column fhir.resource.patient is 'logical id of the patient whose compartment holds it';
        comment on column fhir.resource.facet is 'the type, for observations with their category';
        comment on column fhir.resource.at is 'when it happened: first instant of the date or period';
        comment on column fhir.resource.at_end is 'first instant after it; null: open or unknown';
        comment on column fhir.resource.tokens is 'parameter|system|code and parameter|*|code';
        comment on column fhir.resource.refs is 'every reference in it, as Type/id';
        comment on column fhir.resource.text is 'what people would type to find it, without case and accents';

        create index resource_patient_at on fhir.resource (patient, at desc) where patient is not null;
        create index resource_patient_encounter on fhir.resource (patient, encounter) where encounter is not null;
        create index resource_type_updated on fhir.resource (type, updated desc);
        create index resource_tokens on fhir.resource using gin (tokens) with (fastupdate = off);
        create index resource_refs on fhir.resource using gin (refs) with (fastupdate = off);
        create index resource_people on fhir.resource using gin (text gin_trgm_ops) with (fastupdate = off)
            where type in ('Patient', 'Practitioner', 'Organization', 'Location', 'HealthcareService');

        create table fhir.history (
            type     text        not null,
            id       text        not null,
            version  integer     not null,
            updated  timestamptz not null,
            replaced timestamptz not null,
            deleted  boolean     not null,
            body     jsonb       not null,
            primary key (type, id, version)
        );

        -- A trigger rather than a statement of the store: no way of writing can then lose a version.
        create function fhir.keep_version() returns trigger language plpgsql as $$
        begin
            insert into fhir.history (type, id, version, updated, replaced, deleted, body)
            values (old.type, old.id, old.version, old.updated,
                    case when tg_op = 'UPDATE' then new.updated else now() end, tg_op = 'DELETE', old.body);
            return case when tg_op = 'UPDATE' then new else old end;
        end $$;

        create trigger keep_version before update or delete on fhir.resource
            for each row execute function fhir.keep_version();
        """
    )
