"""Histories of a type and of everything, newest first, without reading the whole of them."""

from alembic import op

revision = "fhir_0011"
down_revision = "fhir_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create index resource_updated on fhir.resource (updated desc);
        create index history_updated on fhir.history (updated desc);
        create index history_deleted on fhir.history (replaced desc) where deleted;
        """
    )
