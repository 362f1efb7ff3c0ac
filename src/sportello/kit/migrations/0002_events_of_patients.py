"""Finds the events that name a patient, when their data are erased."""

from alembic import op

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index event_patient on kit.event ((body->>'patient')) where body ? 'patient'")
