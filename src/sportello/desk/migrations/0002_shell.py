"""What people set up for themselves on the desk, and from when on a wait is long."""

from alembic import op

revision = "desk_0002"
down_revision = "desk_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """`personal` holds small documents by name (look, board filters, dashboards), each checked by whoever reads it.

    The indexes are for the lists of closed work, which only the desk asks for.
    """
    op.execute("""
        create table desk.personal (
            staff uuid not null references administration.staff (id) on delete cascade,
            name text not null,
            value jsonb not null,
            kept_at timestamptz not null,
            primary key (staff, name)
        );
        create table desk.wait_levels (
            one boolean primary key default true check (one),
            warn_after integer not null default 60 check (warn_after between 5 and 86400),
            late_after integer not null default 180 check (late_after > warn_after and late_after <= 86400)
        );
        insert into desk.wait_levels default values;
        create index conversation_closed_agent on conversations.conversation (agent, id desc) where state = 'closed';
        create index conversation_closed on conversations.conversation (id desc) where state = 'closed';
    """)
