"""Dashboards, lists and what an agent set up for themselves."""

revision = "desk_0002"
down_revision = "desk_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
