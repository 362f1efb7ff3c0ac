"""The routing plan and its versions; what was kept in queues, members and capacity becomes the first one."""

from alembic import op

revision = "routing_0002"
down_revision = "routing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table routing.plan (
            number        integer     primary key check (number > 0),
            plan          jsonb       not null,
            published_at  timestamptz not null,
            by            uuid        references administration.staff (id),
            by_name       text        not null,
            note          text        not null default ''
        );
        comment on table routing.plan is 'every version ever published; the highest number is in force';
        """
    )
