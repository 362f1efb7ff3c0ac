"""Staff, their sessions, machine tokens, and the audit trail that only grows."""

from alembic import op

revision = "administration_0001"
down_revision = None
branch_labels = ("administration",)
depends_on = ("kit_0001",)


def upgrade() -> None:
    op.execute("""
        create schema if not exists administration;
        create table administration.staff (
            id uuid primary key,
            login text not null check (login = lower(login) and length(login) between 1 and 100),
            name text not null check (length(name) between 1 and 200),
            email text not null default '',
            role text not null,
            language text not null default 'it',
            password_hash text not null,
            active boolean not null default true,
            created_at timestamptz not null default now(),
            unique (login)
        );
        create table administration.role_permission (
            role text not null,
            permission text not null,
            primary key (role, permission)
        );
        create table administration.staff_session (
            token_hash bytea primary key,
            staff uuid not null references administration.staff on delete cascade,
            csrf text not null,
            created_at timestamptz not null,
            seen_at timestamptz not null
        );
        create index staff_session_staff on administration.staff_session (staff);
        create table administration.machine_token (
            token_hash bytea primary key,
            kind text not null check (kind in ('api', 'fhir', 'directline')),
            scopes text[] not null,
            created_at timestamptz not null,
            expires_at timestamptz not null
        );
        create table administration.audit_event (
            seq bigint primary key,
            at timestamptz not null,
            actor_kind text not null,
            actor text not null,
            actor_name text not null,
            action text not null,
            patient text,
            entity text,
            detail jsonb not null,
            previous bytea not null,
            hash bytea not null
        );
        create index audit_event_patient on administration.audit_event (patient, seq desc) where patient is not null;
        create index audit_event_actor on administration.audit_event (actor, seq desc);
        create table administration.audit_head (
            one boolean primary key default true check (one),
            seq bigint not null,
            hash bytea not null
        );
        insert into administration.audit_head (seq, hash) values (0, '\\x');
        create function administration.refuse_change() returns trigger language plpgsql as
            $$ begin raise exception 'the audit trail only grows'; end $$;
        create trigger audit_event_only_grows before update or delete or truncate on administration.audit_event
            for each statement execute function administration.refuse_change();
    """)
