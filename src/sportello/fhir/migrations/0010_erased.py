"""What was erased: type and id alone, so that the door says that it is gone and no old file brings it back."""

from alembic import op

revision = "fhir_0010"
down_revision = "fhir_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table fhir.erased (
            type  text        not null,
            id    text        not null,
            at    timestamptz not null,
            primary key (type, id)
        );

        -- A transaction that rewrites what names an erased patient says so; its versions are rewritten as well.
        create or replace function fhir.keep_version() returns trigger language plpgsql as $$
        begin
            if current_setting('fhir.erasing', true) = 'yes' then
                return case when tg_op = 'UPDATE' then new else old end;
            end if;
            insert into fhir.history (type, id, version, updated, replaced, deleted, body)
            values (old.type, old.id, old.version, old.updated,
                    case when tg_op = 'UPDATE' then new.updated else now() end, tg_op = 'DELETE', old.body);
            return case when tg_op = 'UPDATE' then new else old end;
        end $$;

        create function fhir.refuse_erased() returns trigger language plpgsql as $$
        begin
            if exists (select from fhir.erased e where e.type = new.type and e.id = new.id) then
                raise exception using errcode = 'P0410', message = 'erased: ' || new.type || '/' || new.id;
            end if;
            return new;
        end $$;
        create trigger refuse_erased before insert on fhir.resource
            for each row execute function fhir.refuse_erased();
        """
    )
