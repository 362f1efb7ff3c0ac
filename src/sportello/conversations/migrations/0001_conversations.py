"""Conversations and what hangs on them; the words themselves are in their streams."""

from alembic import op

revision = "conversations_0001"
down_revision = None
branch_labels = ("conversations",)
depends_on = ("kit_0001", "administration_0001")


def upgrade() -> None:
    op.execute("""
        create schema if not exists conversations;
        create table conversations.conversation (
            id uuid primary key,
            state text not null check (state in
                ('bot', 'queued', 'offered', 'active', 'waiting', 'wrap_up', 'closed')),
            patient_id text,
            visitor_name text not null default '' check (length(visitor_name) <= 200),
            language text not null,
            channel text not null default 'chat',
            topic text,
            reason text,
            summary text not null default '',
            context jsonb not null default '{}',
            queue text,
            priority integer not null default 0,
            agent uuid references administration.staff,
            created_at timestamptz not null,
            state_since timestamptz not null,
            queued_at timestamptz,
            accepted_at timestamptz,
            ended_at timestamptz,
            closed_at timestamptz,
            ended_by text,
            wrap_up_note text not null default '',
            last_activity_at timestamptz not null,
            last_patient_at timestamptz,
            last_patient_seq bigint not null default 0,
            last_answer_at timestamptz,
            unread integer not null default 0,
            patient_seen bigint not null default 0,
            agent_seen bigint not null default 0,
            constraint one_owner check (
                (agent is not null) = (state in ('offered', 'active', 'waiting', 'wrap_up'))
                or state = 'closed'),
            constraint queue_known check (state <> 'queued' or queue is not null)
        );
        create index conversation_ongoing on conversations.conversation (state, queue, priority desc, queued_at)
            where state <> 'closed';
        create index conversation_agent on conversations.conversation (agent) where state <> 'closed';
        create index conversation_patient on conversations.conversation (patient_id, created_at desc)
            where patient_id is not null;
    """)
