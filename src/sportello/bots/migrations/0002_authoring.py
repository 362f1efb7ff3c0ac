"""Editions of the assistant's files: written, approved by a second person, published; all kept for replay."""

from alembic import op

revision = "bots_0002"
down_revision = "bots_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- One file has at most one draft and at most one published edition; without one the file that ships speaks.
        create table bots.edition (
            id               uuid        primary key,
            file             text        not null,
            number           integer     not null,
            body             text        not null,
            hash             text        not null,
            state            text        not null check (state in ('draft', 'approved', 'published', 'retired')),
            review_by        date        not null,
            written_by       text        not null,
            written_by_name  text        not null,
            written_at       timestamptz not null,
            approved_by      text,
            approved_by_name text,
            approved_at      timestamptz,
            published_at     timestamptz,
            unique (file, number),
            check (state = 'draft' or approved_by is not null),
            check (approved_by is distinct from written_by)
        );
        create unique index edition_draft on bots.edition (file) where state = 'draft';
        create unique index edition_published on bots.edition (file) where state = 'published';

        -- What has ever spoken, by its hash, so that any talk can be taken again; `files` is hash by file.
        create table bots.text (
            hash text primary key,
            file text not null,
            body text not null
        );
        create table bots.library (
            hash  text  primary key,
            files jsonb not null
        );
        alter table bots.turn
            add column library    text    not null default '',
            add column reason     text    not null default '',
            add column missed     boolean not null default false,
            add column dealt_with boolean not null default false;
        create index turn_missed on bots.turn (at) where missed and not dealt_with;
        """
    )
