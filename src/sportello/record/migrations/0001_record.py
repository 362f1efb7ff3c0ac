"""Break-glass, merging, care plans under way."""

from alembic import op

revision = "record_0001"
down_revision = None
branch_labels = ("record",)
depends_on = ("fhir_0001", "administration_0001")


def upgrade() -> None:
    op.execute("create schema if not exists record;")
