"""Which practitioner somebody who signs in is: they keep their own calendar's feed."""

from alembic import op

revision = "scheduling_0019"
down_revision = "scheduling_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.practitioner add column login text not null default '';
        comment on column scheduling.practitioner.login is 'the member of staff that they are; empty: none';
        create unique index practitioner_login on scheduling.practitioner (login) where login <> '';
        """
    )
