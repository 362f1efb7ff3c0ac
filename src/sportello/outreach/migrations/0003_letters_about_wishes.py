"""An offer's letter is about a wish, which is no appointment: what a letter is about is known by its id alone."""

from alembic import op

revision = "outreach_0003"
down_revision = "outreach_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table outreach.message drop constraint message_appointment_fkey;
        comment on column outreach.message.appointment is
            'what the letter is about: an appointment, or for an offer also a wish of the waiting list';
        """
    )
