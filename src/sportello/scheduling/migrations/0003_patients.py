"""What patients may do themselves, and how late."""

from alembic import op

revision = "scheduling_0003"
down_revision = "scheduling_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.service
            add column self_booking boolean  not null default true,
            add column notice_hours smallint not null default 48 check (notice_hours between 0 and 720);
        comment on column scheduling.service.self_booking is 'patients book it in the portal without staff';
        comment on column scheduling.service.notice_hours is
            'later than this before the visit, patients neither move nor cancel it themselves';
        alter table scheduling.appointment add column late boolean not null default false;
        comment on column scheduling.appointment.late is 'cancelled with less notice than its service asks for';
        """
    )
