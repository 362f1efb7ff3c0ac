"""Presences of the house's own, missed offers, inactivity, and how each agent wants to be told of work."""

from alembic import op

revision = "routing_0003"
down_revision = "routing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table routing.presence drop constraint presence_cause_check;
        alter table routing.presence
            add constraint presence_cause_check
                check (cause in ('self', 'supervisor', 'missed', 'line', 'arrival', 'idle', 'input')),
            add own text not null default '',
            add misses integer not null default 0,
            add full_since timestamptz,
            add input_at timestamptz,
            add rested text not null default '';
        comment on column routing.presence.own is 'which of the house''s own presences it is; counts as its base';
        comment on column routing.presence.misses is 'offers in a row that ran out';
        comment on column routing.presence.full_since is 'since when no place is free: Available is then shown as Busy';
        comment on column routing.presence.input_at is 'when somebody last typed or pointed at one of their desks';
        comment on column routing.presence.rested is 'what inactivity took, and gives back at the next input';

        alter table routing.presence_history
            add own text not null default '', add by uuid references administration.staff (id) on delete set null;

        create table routing.notice_choice (
            staff    uuid    primary key references administration.staff (id) on delete cascade,
            sound    text    not null default '' check (sound in ('', 'bell', 'chime', 'knock', 'none')),
            repeats  boolean not null default true,
            desktop  boolean not null default true
        );
        comment on column routing.notice_choice.sound is 'empty: what the workstream says';
        """
    )
