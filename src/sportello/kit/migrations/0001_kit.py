"""Streams (heads and events) and jobs: what everything live and everything later stands on."""

from alembic import op

revision = "kit_0001"
down_revision = None
branch_labels = ("kit",)
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists kit;

        create table kit.installation (
            id          uuid        not null,
            created_at  timestamptz not null default now()
        );
        comment on table kit.installation is 'one row: keeps two hospitals on one bus apart';
        insert into kit.installation (id) values (gen_random_uuid());

        create table kit.stream (
            stream     text        primary key,
            last_seq   bigint      not null default 0,
            fence      integer     not null default 0,
            closed_at  timestamptz
        ) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
        comment on table kit.stream is 'heads: the row lock on a head gives the order of its events';
        comment on column kit.stream.fence is 'raised when the right to post changes hands; stale posts are refused';

        create table kit.event (
            stream     text        not null,
            seq        bigint      not null,
            at         timestamptz not null,
            kind       text        not null,
            sender     text        not null,
            audience   text        not null check (audience in ('all', 'staff')),
            client_id  uuid,
            body       jsonb       not null,
            primary key (stream, seq)
        ) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        comment on table kit.event is 'append only; seq has no gaps within a stream';
        create unique index event_client_id on kit.event (stream, client_id) where client_id is not null;

        create table kit.job (
            id          uuid        primary key,
            name        text        not null,
            payload     jsonb       not null,
            run_at      timestamptz not null,
            dedupe_key  text,
            state       text        not null default 'waiting' check (state in ('waiting', 'taken', 'dead')),
            starts      integer     not null default 0,
            taken_by    uuid,
            lease_until timestamptz,
            last_error  text,
            created_at  timestamptz not null default now(),
            died_at     timestamptz
        ) with (fillfactor = 70);
        comment on table kit.job is 'a done job is deleted in the transaction of its work; a dead one stays to be seen';
        comment on column kit.job.starts is 'counted before the work begins, so that a job that kills its worker ends';
        comment on column kit.job.taken_by is 'the token of one taking; whoever lost it cannot finish the job';
        create index job_due on kit.job (run_at) where state = 'waiting';
        create index job_lease on kit.job (lease_until) where state = 'taken';
        create index job_dead on kit.job (died_at) where state = 'dead';
        create unique index job_dedupe on kit.job (dedupe_key) where state = 'waiting';
        create index job_key on kit.job (dedupe_key) where dedupe_key is not null;
        """
    )
