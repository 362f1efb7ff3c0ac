"""The referral a visit rests on: its number, its priority class, and the day it was written."""

from alembic import op

revision = "scheduling_0004"
down_revision = "scheduling_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.service
            add column kind text not null default 'visit' check (kind in ('visit', 'exam'));
        comment on column scheduling.service.kind is 'class D may wait 30 days for a visit, 60 for an exam';
        alter table scheduling.appointment
            add column referral    text not null default '' check (length(referral) <= 40),
            add column priority    text not null default '' check (priority in ('', 'U', 'B', 'D', 'P')),
            add column referred_on date;
        comment on column scheduling.appointment.referral is
            'the number of the prescription (in Italy the NRE); empty: none, or to be brought';
        """
    )
