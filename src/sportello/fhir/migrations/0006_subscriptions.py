"""Who wants to hear of changes, and the changes that they have not heard of yet."""

from alembic import op

revision = "fhir_0006"
down_revision = "fhir_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table fhir.subscriber (
            id          text        primary key,
            kind        text        not null,
            filter      text        not null,
            endpoint    text        not null,
            headers     text[]      not null,
            content     text        not null check (content in ('empty', 'id-only', 'full-resource')),
            most        integer     not null,
            heartbeat   integer     not null,
            scopes      text[]      not null,
            asked_by    text        not null,
            asked_name  text        not null,
            base        text        not null,
            status      text        not null check (status in ('requested', 'active', 'error')),
            why         text        not null default '',
            told_xid    bigint      not null default 0,
            told_seq    bigint      not null default 0,
            events      bigint      not null default 0,
            failures    integer     not null default 0,
            sending     jsonb,
            turn        uuid,
            busy_until  timestamptz
        );
        comment on column fhir.subscriber.told_xid is
            'with told_seq the last change that was told. Transactions commit in another order than they take numbers:
            changes are told in the order of their transactions, once none older is under way';
        comment on column fhir.subscriber.sending is
            'the events that are being told: told again they keep their numbers';
        comment on column fhir.subscriber.turn is 'who is telling; until busy_until nobody else does';
        comment on column fhir.subscriber.base is 'the door''s address as the system knows it';
        create index subscriber_kind on fhir.subscriber (kind);

        create table fhir.change (
            seq    bigint      generated always as identity primary key,
            kind   text        not null,
            id     text        not null,
            how    text        not null check (how in ('create', 'update', 'delete')),
            tokens text[]      not null default '{}',
            xid    bigint      not null default (pg_current_xact_id()::text::bigint)
        );
        comment on column fhir.change.tokens is 'of what was deleted, so that what was hidden stays so';
        create index change_kind on fhir.change (kind, xid, seq);
        create index change_xid on fhir.change (xid);

        create function fhir.note_change() returns trigger language plpgsql as $$
        declare one record;
        begin
            one := case when tg_op = 'DELETE' then old else new end;
            if exists (select from fhir.subscriber s where s.kind = one.type and s.status <> 'error') then
                insert into fhir.change (kind, id, how, tokens) values (one.type, one.id,
                    case tg_op when 'INSERT' then 'create' when 'UPDATE' then 'update' else 'delete' end,
                    case tg_op when 'DELETE' then one.tokens else '{}' end);
            end if;
            return null;
        end $$;
        create trigger note_change after insert or update or delete on fhir.resource
            for each row execute function fhir.note_change();
        """
    )
