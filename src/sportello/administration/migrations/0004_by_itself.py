"""Whether data whose time is over go by themselves."""

from alembic import op

revision = "administration_0004"
down_revision = "administration_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table administration.retention add column by_itself boolean not null default false")
