"""Articles, and each version of each language with its approval and the columns by which it is found."""

from alembic import op

revision = "knowledge_0001"
down_revision = None
branch_labels = ("knowledge",)
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists knowledge;

        create table knowledge.article (
            id         uuid        primary key,
            slug       text        not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
            category   text        not null,
            answers    text        not null,
            topics     text[]      not null,
            status     text        not null check (status in ('draft', 'approved', 'retired')),
            created_at timestamptz not null,
            changed_at timestamptz not null
        );
        create index article_answers on knowledge.article (answers) where answers <> '';

        -- head and words are folded (no accents, no case) by the application; the stemmer then sees query and
        -- article alike.
        create table knowledge.article_version (
            article     uuid        not null references knowledge.article,
            language    text        not null check (language in ('it', 'en')),
            version     integer     not null,
            is_current  boolean     not null,
            title       text        not null,
            summary     text        not null,
            body        text        not null,
            phrases     text[]      not null,
            approved_by text        not null,
            approved_on date        not null,
            review_by   date        not null,
            written_at  timestamptz not null,
            head        text        not null,
            words       text        not null,
            search      tsvector    not null generated always as (
                setweight(to_tsvector(
                    case language when 'it' then 'pg_catalog.italian'::regconfig
                                  else 'pg_catalog.english'::regconfig end, head), 'A')
                || setweight(to_tsvector(
                    case language when 'it' then 'pg_catalog.italian'::regconfig
                                  else 'pg_catalog.english'::regconfig end, words), 'C')
            ) stored,
            primary key (article, language, version)
        );
        create unique index article_version_current on knowledge.article_version (article, language) where is_current;
        create index article_version_search on knowledge.article_version using gin (search) where is_current;
        create index article_version_head on knowledge.article_version using gin (head gin_trgm_ops) where is_current;
        """
    )
