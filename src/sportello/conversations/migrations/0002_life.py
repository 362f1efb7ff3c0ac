"""Consult, transfer, timers, reopening: what a conversation goes through."""

from alembic import op

revision = "conversations_0002"
down_revision = "conversations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table conversations.invitation (
            id            uuid        primary key,
            conversation  uuid        not null references conversations.conversation (id) on delete cascade,
            kind          text        not null check (kind in ('consult', 'join', 'transfer')),
            asked         uuid        not null references administration.staff (id),
            asked_name    text        not null,
            by            uuid        not null references administration.staff (id),
            by_name       text        not null,
            note          text        not null default '',
            asked_at      timestamptz not null,
            expires_at    timestamptz not null,
            outcome       text        check (outcome in ('accepted', 'declined', 'lapsed', 'withdrawn')),
            ended_at      timestamptz,
            check ((outcome is null) = (ended_at is null))
        );
        comment on table conversations.invitation is
            'a colleague is asked to advise, to join, or to take a conversation over; one who takes it over at a time';
        create unique index invitation_open on conversations.invitation (conversation, asked) where outcome is null;
        create unique index invitation_transfer on conversations.invitation (conversation)
            where outcome is null and kind = 'transfer';
        create index invitation_asked on conversations.invitation (asked) where outcome is null;

        create table conversations.party (
            id            uuid        primary key,
            conversation  uuid        not null references conversations.conversation (id) on delete cascade,
            staff         uuid        not null references administration.staff (id),
            name          text        not null,
            role          text        not null check (role in ('consulted', 'member')),
            by_name       text        not null,
            joined_at     timestamptz not null,
            left_at       timestamptz,
            why           text        not null default '',
            check (left_at is null or why <> '')
        );
        comment on table conversations.party is
            'who takes part beside the owner: consulted ones read and whisper, members write to the patient';
        create unique index party_present on conversations.party (conversation, staff) where left_at is null;
        create index party_staff on conversations.party (staff) where left_at is null;

        alter table conversations.conversation add reopened_at timestamptz;
        comment on column conversations.conversation.reopened_at is 'came back after it had ended, the last time';

        alter table conversations.activity
            add agent_at timestamptz, add patient_reminded_at timestamptz, add agent_reminded_at timestamptz;
        comment on column conversations.activity.agent_at is 'the last message of an agent to the patient';
        """
    )
