"""Talks with a bot: where each stands, every turn with the edition that spoke, and whether answers helped."""

from alembic import op

revision = "bots_0001"
down_revision = None
branch_labels = ("bots",)
depends_on = ("conversations_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists bots;

        -- cursor: the number, in the conversation's stream, up to which the patient's words are answered; it moves in
        -- the transaction that holds the answers.
        create table bots.session (
            conversation uuid        primary key references conversations.conversation,
            memory       jsonb       not null,
            cursor       bigint      not null,
            turns        integer     not null,
            opened_at    timestamptz not null,
            last_at      timestamptz not null,
            ended_at     timestamptz
        );
        create index session_open on bots.session (last_at) where ended_at is null;

        -- memory_before and the patient's words (in the stream, under seq) give the same turn again with the edition.
        create table bots.turn (
            conversation  uuid        not null references bots.session on delete cascade,
            number        integer     not null,
            seq           bigint      not null,
            at            timestamptz not null,
            wish          text        not null,
            score         integer     not null,
            edition       text        not null,
            outcome       text        not null,
            memory_before jsonb       not null,
            primary key (conversation, number),
            unique (conversation, seq)
        );
        create index turn_at on bots.turn (at);

        create table bots.feedback (
            conversation uuid        not null references bots.session on delete cascade,
            article      text        not null,
            helpful      boolean     not null,
            at           timestamptz not null,
            primary key (conversation, article)
        );
        """
    )
