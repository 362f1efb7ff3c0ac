"""What adapters keep: keys of their own, and who a conversation over Direct Line belongs to."""

from alembic import op

revision = "adapters_0001"
down_revision = None
branch_labels = ("adapters",)
depends_on = ("conversations_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists adapters;

        -- Made when first needed; whoever holds a backup holds them, so they sign what lives for minutes only.
        create table adapters.key (
            name       text        primary key,
            value      bytea       not null,
            created_at timestamptz not null
        );

        -- machine: whose secret it was begun with (administration's token), which is the only one that opens it.
        create table adapters.direct_line_talk (
            conversation uuid        primary key references conversations.conversation,
            machine      uuid        not null,
            user_id      text        not null,
            created_at   timestamptz not null
        );

        -- What a client calls its own activity: the echo must carry the same name. message is the client id in the
        -- conversation's stream.
        create table adapters.direct_line_activity (
            conversation uuid        not null references adapters.direct_line_talk on delete cascade,
            message      uuid        not null,
            client_name  text        not null,
            primary key (conversation, message)
        );
        """
    )
