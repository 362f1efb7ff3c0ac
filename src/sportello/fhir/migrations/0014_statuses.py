"""How many of a type have a status, without reading them."""

from alembic import op

revision = "fhir_0014"
down_revision = "fhir_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index resource_type_status on fhir.resource (type, status)")
