"""Patients whose ids are others in the system that keeps the calendars, as they were found there."""

from alembic import op

revision = "adapters_0017"
down_revision = "adapters_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table adapters.booking_patient (
            patient  text        not null,
            system   text        not null,
            theirs   text        not null,
            found_at timestamptz not null,
            primary key (patient, system)
        );
        comment on column adapters.booking_patient.system is 'of the number by which they were found';
        """
    )
