"""What is kept of the hospital's own server."""

revision = "fhir_0004"
down_revision = "fhir_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
