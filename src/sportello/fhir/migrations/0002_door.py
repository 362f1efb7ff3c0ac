"""What the REST door searches and pages by."""

revision = "fhir_0002"
down_revision = "fhir_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
