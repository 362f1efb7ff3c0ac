"""A patient's rights: how long what is kept, what must not be erased, requests of erasure, copies of all data."""

from alembic import op

revision = "administration_0003"
down_revision = "administration_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table administration.retention (
            kind        text    primary key,
            months      integer check (months between 0 and 1200),
            on_request  boolean not null
        );
        comment on column administration.retention.months is 'null: without end';
        comment on column administration.retention.on_request is 'goes before its time when the patient asks';

        create table administration.legal_hold (
            id           uuid        primary key,
            patient      text,
            conversation uuid,
            reason       text        not null check (reason <> ''),
            by_name      text        not null,
            at           timestamptz not null,
            until        date,
            lifted_at    timestamptz,
            lifted_by    text        not null default '',
            check ((patient is null) <> (conversation is null))
        );
        comment on column administration.legal_hold.until is 'the last day; null: until somebody lifts it';
        create index legal_hold_patient on administration.legal_hold (patient) where lifted_at is null;
        create index legal_hold_conversation on administration.legal_hold (conversation) where lifted_at is null;

        create table administration.erasure (
            id           uuid        primary key,
            patient      text        not null,
            came_by      text        not null check (came_by in ('staff', 'portal', 'conversation')),
            conversation uuid,
            reason       text        not null,
            state        text        not null check (state in ('asked', 'approved', 'refused', 'done')),
            asked_by     text        not null,
            asked_name   text        not null,
            asked_at     timestamptz not null,
            decided_by   text        check (decided_by <> asked_by),
            decided_name text        not null default '',
            decided_at   timestamptz,
            why          text        not null default '',
            subject      jsonb,
            kinds        text[]      not null default '{}',
            ended_at     timestamptz
        );
        comment on column administration.erasure.decided_by is 'another than who asked: four eyes';
        comment on column administration.erasure.subject is 'who is sought in the tables; null once it is done';
        create unique index erasure_open on administration.erasure (patient) where state in ('asked', 'approved');

        create table administration.erasure_step (
            erasure  uuid        not null references administration.erasure,
            part     text        not null,
            number   bigint      not null,
            done_at  timestamptz not null,
            primary key (erasure, part)
        );

        create table administration.data_copy (
            id           uuid        primary key,
            patient      text        not null,
            language     text        not null,
            came_by      text        not null check (came_by in ('staff', 'portal')),
            state        text        not null check (state in ('asked', 'approved', 'refused', 'ready', 'gone')),
            asked_by     text        not null,
            asked_name   text        not null,
            asked_at     timestamptz not null,
            decided_name text        not null default '',
            decided_at   timestamptz,
            why          text        not null default '',
            ready_at     timestamptz,
            expires_at   timestamptz,
            size         integer,
            fetched_at   timestamptz,
            content      bytea,
            check (content is null or state = 'ready')
        );
        alter table administration.data_copy alter content set storage external;
        create unique index data_copy_open on administration.data_copy (patient) where state in ('asked', 'approved');
        create index data_copy_patient on administration.data_copy (patient, asked_at desc);

        insert into administration.role_permission (role, permission)
        select r.role, p.permission from (select distinct role from administration.role_permission) r
        join (values ('supervisor', 'privacy.handle'), ('care_coordinator', 'privacy.handle'),
                     ('administrator', 'privacy.handle'), ('supervisor', 'privacy.approve'),
                     ('administrator', 'privacy.approve')) p (role, permission) using (role)
        on conflict do nothing;
        """
    )
