"""Why a subscriber was not reached is kept as a sentence and what fills it: every reader has it in their language."""

from alembic import op

revision = "fhir_0015"
down_revision = "fhir_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table fhir.subscriber add column why_values jsonb not null default '{}'")
