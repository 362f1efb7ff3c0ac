"""The system that keeps the calendars: where it is, how to sign in, how it books."""

from alembic import op

revision = "adapters_0016"
down_revision = "adapters_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table adapters.booking_terms (
            one        boolean     primary key default true check (one),
            value      jsonb       not null,
            changed_at timestamptz not null
        );
        """
    )
