"""What is kept of talks with a bot elsewhere: where each stands, what came in, what went out, a trace without words."""

from alembic import op

revision = "adapters_0002"
down_revision = "adapters_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- The hospital's own bot: one row. trouble is what its administrator must see to.
        create table adapters.bot_connection (
            one        boolean     primary key default true check (one),
            value      jsonb       not null,
            trouble    text        not null default '',
            changed_at timestamptz not null
        );

        -- cursor: up to where the patient's words were handed on. watermark: up to where the bot was read, opaque.
        -- waiting_since: the patient waits for the bot. reader: the process that has the talk until reader_until.
        create table adapters.bot_session (
            conversation  uuid        primary key references conversations.conversation,
            state         text        not null check (state in ('opening', 'open', 'handed', 'closed')),
            memory        jsonb       not null default '{}',
            guard         jsonb       not null,
            cursor        bigint      not null,
            watermark     text        not null default '',
            said          integer     not null default 0,
            waiting_since timestamptz,
            held          boolean     not null default false,
            reopened      boolean     not null default false,
            opened_at     timestamptz not null,
            handed_at     timestamptz,
            reader        uuid,
            reader_until  timestamptz
        );
        create index bot_session_live on adapters.bot_session (conversation) where state in ('opening', 'open');

        create table adapters.bot_inbox (
            conversation uuid not null references adapters.bot_session on delete cascade,
            event_id     text not null,
            primary key (conversation, event_id)
        );

        create table adapters.bot_outbox (
            conversation uuid        not null references adapters.bot_session on delete cascade,
            turn         text        not null,
            state        text        not null check (state in ('sending', 'accepted', 'refused', 'unknown')),
            at           timestamptz not null,
            primary key (conversation, turn)
        );

        create table adapters.bot_trace (
            id           bigint      generated always as identity primary key,
            at           timestamptz not null,
            conversation uuid,
            way          text        not null check (way in ('out', 'in', 'note')),
            what         text        not null,
            shown        text        not null,
            milliseconds integer
        );
        """
    )
