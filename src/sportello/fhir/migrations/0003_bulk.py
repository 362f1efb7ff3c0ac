"""Exports, imports and subscriptions."""

revision = "fhir_0003"
down_revision = "fhir_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
