"""The log of messages to patients: each is sent once."""

from alembic import op

revision = "outreach_0001"
down_revision = None
branch_labels = ("outreach",)
depends_on = ("scheduling_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists outreach;

        create table outreach.message (
            id          uuid   primary key,
            appointment uuid   not null references scheduling.appointment,
            sequence    integer not null,
            kind        text   not null check (kind in ('booked', 'moved', 'cancelled')),
            recipient   text   not null,
            language    text   not null,
            status      text   not null default 'waiting'
                        check (status in ('waiting', 'sent', 'failed', 'obsolete')),
            tries       integer not null default 0,
            last_error  text,
            created_at  timestamptz not null,
            sent_at     timestamptz,
            unique (appointment, sequence, kind)
        );
        comment on column outreach.message.status is 'obsolete: the appointment changed before it was sent';
        comment on column outreach.message.last_error is 'the kind of failure, never what a server said of a person';
        """
    )
