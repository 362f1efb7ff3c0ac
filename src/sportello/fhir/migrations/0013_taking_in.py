"""Many resources at once cost less: what was erased is looked for once a statement, index entries are gathered before
they are sorted in, bodies are packed by lz4.
"""

from alembic import op

revision = "fhir_0013"
down_revision = "fhir_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- Row by row this look-up was a third of what a resource costs.
        drop trigger refuse_erased on fhir.resource;
        create or replace function fhir.refuse_erased() returns trigger language plpgsql as $$
        declare gone text;
        begin
            select a.type || '/' || a.id into gone from added a
            where exists (select from fhir.erased e where e.type = a.type and e.id = a.id) limit 1;
            if found then
                raise exception using errcode = 'P0410', message = 'erased: ' || gone;
            end if;
            return null;
        end $$;
        create trigger refuse_erased after insert on fhir.resource referencing new table as added
            for each statement execute function fhir.refuse_erased();

        -- At most so many kB wait unsorted: a search looks through them too, in a fraction of a millisecond.
        alter index fhir.resource_tokens set (fastupdate = on, gin_pending_list_limit = 128);
        alter index fhir.resource_refs set (fastupdate = on, gin_pending_list_limit = 128);

        do $$ begin
            alter table fhir.resource alter column body set compression lz4;
            alter table fhir.history alter column body set compression lz4;
        exception when feature_not_supported then null;  -- a PostgreSQL that was built without it
        end $$;
        """
    )
