"""Queues and who serves them, presence with its history, capacity, offers."""

from alembic import op

revision = "routing_0001"
down_revision = None
branch_labels = ("routing",)
depends_on = ("conversations_0001", "administration_0001")


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists routing;

        create table routing.queue (
            id             text    primary key check (id ~ '^[a-z][a-z0-9_-]{0,39}$'),
            name_it        text    not null,
            name_en        text    not null,
            offer_seconds  integer not null default 30 check (offer_seconds between 5 and 600)
        );
        comment on table routing.queue is 'a conversation of an unknown queue is served as one of the general queue';
        insert into routing.queue (id, name_it, name_en) values ('general', 'Generale', 'General');

        create table routing.queue_member (
            queue  text not null references routing.queue (id) on delete cascade,
            staff  uuid not null references administration.staff (id) on delete cascade,
            primary key (queue, staff)
        );
        comment on table routing.queue_member is 'a queue without members is served by everybody';

        create table routing.capacity (
            staff   uuid    primary key references administration.staff (id) on delete cascade,
            places  integer not null check (places between 0 and 50)
        );
        comment on table routing.capacity is 'whoever is not named here has the usual five places';

        create table routing.presence (
            staff       uuid        primary key references administration.staff (id) on delete cascade,
            presence    text        not null
                check (presence in ('available', 'busy', 'do_not_disturb', 'away', 'offline')),
            cause       text        not null check (cause in ('self', 'supervisor', 'missed', 'line', 'arrival')),
            since       timestamptz not null,
            before      text,
            lost_at     timestamptz,
            ready_at    timestamptz not null,
            idle_since  timestamptz not null
        ) with (fillfactor = 50);
        comment on column routing.presence.before is 'what a lost line took, and gives back when it returns';
        comment on column routing.presence.lost_at is 'since when no desk of theirs is connected; null while one is';
        comment on column routing.presence.ready_at is
            'became Available, or had a place become free: what was refused before then may be offered again';
        comment on column routing.presence.idle_since is 'last got, refused or finished something';

        create table routing.presence_history (
            staff     uuid        not null references administration.staff (id) on delete cascade,
            at        timestamptz not null,
            presence  text        not null,
            cause     text        not null
        );
        create index presence_history_staff on routing.presence_history (staff, at);

        create table routing.process (
            id       uuid        primary key,
            beat_at  timestamptz not null
        );
        comment on table routing.process is 'a process that lives tells so; a silent one takes its lines along';
        create table routing.line (
            staff    uuid not null,
            process  uuid not null references routing.process (id) on delete cascade,
            primary key (staff, process)
        );
        comment on table routing.line is 'whose desk is connected to which process; not written by beats';
        create index line_process on routing.line (process);

        create table routing.offer (
            id            uuid        primary key,
            conversation  uuid        not null references conversations.conversation (id) on delete cascade,
            agent         uuid        not null references administration.staff (id),
            queue         text        not null,
            offered_at    timestamptz not null,
            expires_at    timestamptz not null check (expires_at > offered_at),
            outcome       text        check (outcome in ('accepted', 'rejected', 'lapsed', 'lost', 'withdrawn')),
            ended_at      timestamptz,
            check ((outcome is null) = (ended_at is null))
        );
        create unique index offer_open on routing.offer (conversation) where outcome is null;
        create index offer_open_agent on routing.offer (agent) where outcome is null;
        create index offer_conversation on routing.offer (conversation, offered_at);
        create index offer_agent on routing.offer (agent, offered_at);
        """
    )
