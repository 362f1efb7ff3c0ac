"""The newest of a type at once, however many there are."""

from alembic import op

revision = "fhir_0005"
down_revision = "fhir_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        drop index fhir.resource_type_at;
        create index resource_type_at on fhir.resource (type, at desc nulls last, id);
        """
    )
