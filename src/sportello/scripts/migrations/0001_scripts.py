"""Scripts, which one a conversation follows, and how far its steps are."""

from alembic import op

revision = "scripts_0001"
down_revision = None
branch_labels = ("scripts",)
depends_on = ("conversations_0001", "knowledge_0001")


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists scripts;

        create table scripts.script (
            id     uuid    primary key,
            slug   text    not null unique,
            topics text[]  not null,
            rank   integer not null,
            body   jsonb   not null  -- the whole script with its steps, in both languages
        );

        create table scripts.choice (
            conversation uuid        primary key references conversations.conversation,
            script       uuid        not null references scripts.script,
            chosen_by    text        not null,
            chosen_at    timestamptz not null
        );

        create table scripts.run (
            conversation uuid        not null references conversations.conversation,
            script       uuid        not null references scripts.script,
            step         text        not null,
            outcome      text        not null check (outcome in ('done', 'failed')),
            by_id        text        not null,
            by_name      text        not null,
            at           timestamptz not null,
            times        integer     not null,
            primary key (conversation, script, step)
        );

        -- id is made with the button that sends: pressed twice, the article is sent once.
        create table scripts.sending (
            id           uuid        primary key,
            conversation uuid        not null references conversations.conversation,
            article      uuid        not null references knowledge.article,
            version      integer     not null,
            language     text        not null,
            by_id        text        not null,
            at           timestamptz not null
        );
        create index sending_conversation on scripts.sending (conversation);
        """
    )
