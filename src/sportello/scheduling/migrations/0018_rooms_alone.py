"""Calendars of a room or a device alone: it stands where a practitioner would, and its time is claimed as its own."""

from alembic import op

revision = "scheduling_0018"
down_revision = "scheduling_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.practitioner add column resource text unique references scheduling.resource;
        comment on column scheduling.practitioner.resource is
            'nobody: this room or device stands here, with calendars of its own';

        create or replace function scheduling.refers(kind text, id text, name text) returns jsonb
        language sql stable parallel safe as $$
            select jsonb_strip_nulls(jsonb_build_object(
                'reference', coalesce(
                    (select case r.kind when 'device' then 'Device/' else 'Location/' end || r.id
                     from scheduling.practitioner p join scheduling.resource r on r.id = p.resource
                     where $1 = 'Practitioner' and p.id = $2),
                    $1 || '/' || $2),
                'display', nullif($3, '')))
        $$;
        """
    )
