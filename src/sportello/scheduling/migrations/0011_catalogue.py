"""What a type of appointment needs before it, and limits of its own."""

from alembic import op

revision = "scheduling_0011"
down_revision = "scheduling_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.service
            add column limits jsonb not null default '{}';
        comment on column scheduling.service.limits is
            'days by priority class where they are not those of the national plan, such as {"B": 7}';

        create table scheduling.prerequisite (
            service text     not null references scheduling.service on delete cascade,
            needs   text     not null references scheduling.service on delete cascade,
            days    smallint not null default 0 check (days between 0 and 365),
            done    boolean  not null default false,
            primary key (service, needs),
            check (service <> needs)
        );
        comment on table scheduling.prerequisite is
            'before a visit of `service`, one of `needs` is booked, or done, at least so many days earlier';
        """
    )
