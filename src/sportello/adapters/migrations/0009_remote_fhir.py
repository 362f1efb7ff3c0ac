"""The hospital's own FHIR server: the terms, our keys for it, the copy of what it answered, the changes sent to it."""

from alembic import op

revision = "adapters_0009"
down_revision = "adapters_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table adapters.remote_terms (
            one        boolean     primary key default true check (one),
            value      jsonb       not null,
            changed_at timestamptz not null
        );

        -- The newest signs; a replaced one stays among those published until its tokens have ended.
        -- Sealed: a JSON Web Key Set.
        create table adapters.remote_key (
            kid         text        primary key,
            private     text        not null,
            made_at     timestamptz not null,
            replaced_at timestamptz
        );

        -- What the server answered, with the columns of fhir.resource, so that the same questions can be asked of it.
        create table adapters.remote_resource (
            type       text        not null,
            id         text        not null,
            patient    text,
            encounter  text,
            facet      text        not null,
            status     text,
            at         timestamptz,
            tokens     text[]      not null,
            text       text        not null,
            version    text        not null,
            body       jsonb       not null,
            fetched_at timestamptz not null,
            primary key (type, id)
        );
        create index remote_resource_patient on adapters.remote_resource (patient, type);
        create index remote_resource_age on adapters.remote_resource (fetched_at);
        comment on column adapters.remote_resource.version is 'meta.versionId as the server writes it';

        -- What was asked: about a patient (their id), all of a type (empty), or one resource (# and its id).
        create table adapters.remote_answer (
            about      text        not null,
            type       text        not null,
            asked_at   timestamptz not null,
            fetched_at timestamptz,
            trouble    text        not null default '',
            primary key (about, type)
        );
        create index remote_answer_age on adapters.remote_answer (asked_at);
        comment on column adapters.remote_answer.fetched_at is 'when it was answered in full last; null: never';
        comment on column adapters.remote_answer.trouble is 'why it was not, a code; empty when it was';

        -- Written before a change is sent, so that one whose answer was lost can be found.
        create table adapters.remote_change (
            id      uuid        primary key,
            at      timestamptz not null,
            what    text[]      not null,
            outcome text        not null default 'sending'
        );
        create index remote_change_at on adapters.remote_change (at desc);
        """
    )
