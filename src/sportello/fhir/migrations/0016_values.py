"""Measured values in order: those beyond one are found without reading every observation."""

from alembic import op

revision = "fhir_0016"
down_revision = "fhir_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create function fhir.value_of(body jsonb) returns numeric language sql immutable parallel safe as $$
            select case when jsonb_typeof(body #> '{valueQuantity,value}') = 'number'
                then (body #>> '{valueQuantity,value}')::numeric end
        $$;
        create index observation_value on fhir.resource (fhir.value_of(body))
            where type = 'Observation' and fhir.value_of(body) is not null;
        -- Without them the planner guesses that a third is beyond any value, and reads everything in order instead.
        create statistics fhir.observation_values on (fhir.value_of(body)) from fhir.resource;
        """
    )
