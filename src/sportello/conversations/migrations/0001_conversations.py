"""Conversations, what is known of their streams (activity), and how far each side has read."""

from alembic import op

revision = "conversations_0001"
down_revision = None
branch_labels = ("conversations",)
depends_on = ("administration_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists conversations;

        create table conversations.conversation (
            id              uuid        primary key,
            state           text        not null
                check (state in ('bot', 'queued', 'offered', 'active', 'waiting', 'wrap_up', 'closed')),
            patient_id      text,
            account_patient text,
            visitor_name    text        not null check (length(visitor_name) between 1 and 200),
            language        text        not null,
            channel         text        not null,
            topic           text        not null default '',
            summary         text        not null default '',
            reason          text        not null default '',
            context         jsonb       not null default '{}',
            queue           text,
            agent           uuid        references administration.staff (id),
            agent_name      text        not null default '',
            priority        integer     not null default 0,
            wrap_up_note    text        not null default '',
            created_at      timestamptz not null,
            state_since     timestamptz not null,
            queued_at       timestamptz,
            accepted_at     timestamptz,
            ended_at        timestamptz,
            closed_at       timestamptz,
            ended_by        text        not null default '',
            constraint one_owner check (
                case state
                    when 'bot' then agent is null and queue is null
                    when 'queued' then agent is null and queue is not null and queued_at is not null
                    when 'offered' then agent is null and queue is not null and queued_at is not null
                    when 'closed' then closed_at is not null
                    else agent is not null
                end
            )
        ) with (fillfactor = 80);
        comment on column conversations.conversation.patient_id is 'whom it concerns: signed in, or linked by staff';
        comment on column conversations.conversation.account_patient is 'who was signed in when it was opened';
        create index conversation_open on conversations.conversation (state, priority desc, queued_at)
            where state <> 'closed';
        create index conversation_agent on conversations.conversation (agent, state) where state <> 'closed';
        create index conversation_patient on conversations.conversation (patient_id, created_at desc)
            where patient_id is not null;
        create index conversation_account on conversations.conversation (account_patient, created_at desc)
            where account_patient is not null;

        create table conversations.activity (
            conversation    uuid        primary key references conversations.conversation (id) on delete cascade,
            last_seq        bigint      not null default 0,
            last_at         timestamptz not null,
            last_by         text        not null default '',
            patient_seq     bigint      not null default 0,
            patient_at      timestamptz,
            unanswered_at   timestamptz,
            unread          integer     not null default 0,
            counted_from    bigint      not null default 0,
            counted_to      bigint      not null default 0
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
        comment on table conversations.activity is
            'what the stream says, gathered in batches: never written on the way of a message';
        comment on column conversations.activity.unread is
            'messages of the patient above the agent''s mark (counted_from), counted up to counted_to';
        comment on column conversations.activity.unanswered_at is
            'since when the patient waits for a word of the agent';

        create table conversations.reading (
            conversation    uuid        not null references conversations.conversation (id) on delete cascade,
            reader          text        not null,
            seq             bigint      not null,
            at              timestamptz not null,
            primary key (conversation, reader)
        ) with (fillfactor = 50);
        comment on column conversations.reading.reader is 'patient, or agent:<staff>';
        """
    )
