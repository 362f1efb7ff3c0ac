"""Patients' accounts for the portal, their sessions, and the tokens that open a chat."""

from alembic import op

revision = "portal_0001"
down_revision = None
branch_labels = ("portal",)
depends_on = ("kit_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists portal;

        create table portal.account (
            login      text primary key check (login = lower(login)),
            code_hash  text not null,
            patient_id text not null,
            language   text not null default 'it',
            created_at timestamptz not null
        );
        comment on table portal.account is 'how a patient signs in; who they are is said by the record';
        comment on column portal.account.code_hash is 'argon2id';

        create table portal.session (
            token_hash bytea primary key,
            login      text not null references portal.account on delete cascade,
            patient_id text not null,
            created_at timestamptz not null,
            expires_at timestamptz not null
        );
        create index session_expiry on portal.session (expires_at);

        create table portal.chat (
            key_hash     bytea primary key,
            token_hash   bytea not null unique,
            conversation uuid not null,
            patient_id   text,
            created_at   timestamptz not null,
            expires_at   timestamptz not null
        );
        comment on table portal.chat is 'which browser may follow which conversation; secrets only as hashes';
        comment on column portal.chat.key_hash is 'the browser''s own key: asking twice opens one conversation';
        create index chat_conversation on portal.chat (conversation);
        create index chat_expiry on portal.chat (expires_at);
        """
    )
