"""People by the beginning of their family name, in order: of the many of one name only the first are read."""

from alembic import op

revision = "fhir_0012"
down_revision = "fhir_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create index resource_people_begun on fhir.resource (type, text text_pattern_ops, id)
            where type in ('Patient', 'Practitioner', 'Organization', 'Location', 'HealthcareService');
        """
    )
