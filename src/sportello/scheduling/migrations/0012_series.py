"""Visits that belong together, each of them an appointment of its own."""

from alembic import op

revision = "scheduling_0012"
down_revision = "scheduling_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.appointment add column series uuid;
        comment on column scheduling.appointment.series is 'shared by visits that were booked as a series';
        create index appointment_series on scheduling.appointment (series, starts) where series is not null;
        do $$
        declare told text := pg_get_viewdef('scheduling.fhir_visit'::regclass);
        begin
            execute 'create or replace view scheduling.fhir_visit as ' ||
                replace(told, '''status'', a.status', '''status'', a.status, ''identifier'',
                        case when a.series is not null then jsonb_build_array(jsonb_build_object(
                            ''system'', ''urn:sportello:series'', ''value'', a.series)) end');
        end $$;
        """
    )
