"""The draft of the next routing plan."""

from alembic import op

revision = "routing_0004"
down_revision = "routing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table routing.draft (
            single    boolean     primary key check (single),
            plan      jsonb       not null,
            based_on  integer     not null,
            revision  integer     not null check (revision > 0),
            by_name   text        not null,
            at        timestamptz not null
        );
        comment on table routing.draft is 'at most one: what everybody with the right is preparing together';
        """
    )
