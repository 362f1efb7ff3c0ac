"""Staff, their sessions, machine tokens, and the audit trail that only grows."""

from alembic import op

revision = "administration_0001"
down_revision = None
branch_labels = ("administration",)
depends_on = ("kit_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists administration;

        create table administration.staff (
            id                  uuid        primary key,
            login               text        not null unique
                check (login = lower(login) and length(login) between 1 and 100),
            name                text        not null check (length(name) between 1 and 200),
            email               text        not null default '' check (length(email) <= 254),
            role                text        not null,
            language            text        not null default 'it',
            password_hash       text        not null,
            password_temporary  boolean     not null default false,
            active              boolean     not null default true,
            created_at          timestamptz not null default now(),
            signed_in_at        timestamptz
        );
        comment on column administration.staff.password_temporary is
            'given by somebody else: its owner chooses another before anything else';

        create table administration.role_permission (
            role        text not null,
            permission  text not null,
            primary key (role, permission)
        );

        create table administration.staff_session (
            token_hash  bytea       primary key,
            staff       uuid        not null references administration.staff (id) on delete cascade,
            created_at  timestamptz not null,
            seen_at     timestamptz not null
        ) with (fillfactor = 70);
        comment on table administration.staff_session is
            'expired rows stay a day, to know whose session a page was of when they sign in again';
        create index staff_session_staff on administration.staff_session (staff);

        create table administration.machine_token (
            id          uuid        primary key,
            token_hash  bytea       not null unique,
            kind        text        not null check (kind in ('api', 'fhir', 'directline')),
            name        text        not null default '',
            scopes      text[]      not null,
            created_at  timestamptz not null,
            expires_at  timestamptz not null,
            revoked_at  timestamptz
        );

        create table administration.audit_event (
            seq         bigint      primary key,
            at          timestamptz not null,
            actor_kind  text        not null,
            actor       text        not null,
            actor_name  text        not null,
            actor_role  text,
            action      text        not null,
            patient     text,
            entity      text,
            detail      json        not null,
            hash        bytea       not null
        );
        comment on column administration.audit_event.detail is 'json, not jsonb: it must come back as it was hashed';
        comment on column administration.audit_event.hash is 'SHA-256 over the hash before and the event, see audit.py';
        create index audit_event_patient on administration.audit_event (patient, seq desc) where patient is not null;
        create index audit_event_actor on administration.audit_event (actor, seq desc);
        create index audit_event_at on administration.audit_event (at);

        create table administration.audit_head (
            one   boolean primary key default true check (one),
            seq   bigint  not null,
            hash  bytea   not null
        );
        comment on table administration.audit_head is 'one row: its lock gives the order of the trail';
        insert into administration.audit_head (seq, hash) values (0, ''::bytea);

        create function administration.refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'the audit trail only grows';
        end $$;
        create trigger audit_event_only_grows before update or delete or truncate on administration.audit_event
            for each statement execute function administration.refuse_change();
        create trigger audit_head_stays before delete or truncate on administration.audit_head
            for each statement execute function administration.refuse_change();

        create function administration.refuse_jump() returns trigger language plpgsql as $$
        begin
            if new.seq <> old.seq + 1 then
                raise exception 'the audit trail only grows';
            end if;
            return new;
        end $$;
        create trigger audit_head_moves_on before update on administration.audit_head
            for each row execute function administration.refuse_jump();
        """
    )
