"""A slot that somebody was put into beyond its seats says so at the FHIR door."""

from alembic import op

revision = "scheduling_0009"
down_revision = "scheduling_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create function scheduling.overbooked(slot bigint) returns boolean language sql stable parallel safe as $$
            select nullif(exists (
                select from scheduling.appointment a where a.slot = $1 and a.overbooked <> ''
                and a.status in ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled')), false)
        $$;
        -- The view as it is, with one element more.
        do $$
        declare told text := pg_get_viewdef('scheduling.fhir_slot'::regclass);
        begin
            execute 'create or replace view scheduling.fhir_slot as ' ||
                replace(told, '''status'', s.status',
                        '''status'', s.status, ''overbooked'', scheduling.overbooked(s.id)');
        end $$;
        """
    )
