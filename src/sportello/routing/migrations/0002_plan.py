"""The routing plan and its versions; what was kept in queues, members and capacity becomes the first one. Where each
conversation was placed, with what it needs; what patients left to be called back.
"""

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

        insert into routing.plan (number, plan, published_at, by_name, note)
        select 1, jsonb_build_object(
            'workstreams', '[{"id": "chat", "name": {"it": "Chat", "en": "Chat"}, "channels": ["chat"],
                "fallback": "general"}]'::jsonb,
            'queues', (select jsonb_agg(jsonb_build_object('id', id, 'offer_seconds', offer_seconds,
                'name', jsonb_build_object('it', name_it, 'en', name_en)) order by id <> 'general', id)
                from routing.queue),
            'members', (select coalesce(jsonb_agg(jsonb_build_object('login', s.login,
                'units', coalesce(c.places, 5),
                'queues', (select coalesce(jsonb_agg(q.queue order by q.queue), '[]') from routing.queue_member q
                    where q.staff = s.id)) order by s.login), '[]')
                from administration.staff s left join routing.capacity c on c.staff = s.id
                where c.staff is not null or exists (select from routing.queue_member q where q.staff = s.id))
        ), now(), 'Sportello', ''
        where exists (select from routing.queue_member) or exists (select from routing.capacity)
           or exists (select from routing.queue
                where (id, name_it, name_en, offer_seconds) <> ('general', 'Generale', 'General', 30));
        drop table routing.queue_member;
        drop table routing.capacity;
        drop table routing.queue;

        create table routing.placement (
            conversation  uuid        primary key references conversations.conversation (id) on delete cascade,
            queue         text        not null,
            channel       text        not null,
            needs         text        not null default '',
            priority      integer     not null default 0,
            since         timestamptz not null,
            waiting       boolean     not null,
            wanted        uuid,
            overflowed    text[]      not null default '{}',
            told_place    integer,
            told_minutes  integer
        ) with (fillfactor = 70);
        comment on table routing.placement is 'where the plan put each conversation, kept beside its state';
        comment on column routing.placement.waiting is 'it is queued, and offered to nobody';
        comment on column routing.placement.needs is 'skills that its rule wants, besides those of the queue';
        comment on column routing.placement.wanted is 'who served this patient lately and is asked first, if there';
        comment on column routing.placement.overflowed is 'which overflows of which queues were applied';
        comment on column routing.placement.told_place is 'the place in the queue that the patient was told last';
        create index placement_waiting on routing.placement (queue, channel, needs, priority desc, since, conversation)
            where waiting;
        insert into routing.placement (conversation, queue, channel, since, waiting, priority)
        select id, queue, channel, queued_at, state = 'queued', priority from conversations.conversation
        where state in ('queued', 'offered');

        create table routing.callback (
            id            uuid        primary key,
            conversation  uuid        references conversations.conversation (id) on delete cascade,
            queue         text        not null,
            name          text        not null,
            phone         text        not null,
            wished        text        not null default '',
            topic         text        not null default '',
            language      text        not null,
            patient_id    text,
            asked_at      timestamptz not null,
            due_at        timestamptz not null,
            work          uuid        references conversations.conversation (id) on delete set null
        );
        comment on table routing.callback is 'somebody wants to be called back; becomes work when the queue opens';
        comment on column routing.callback.work is 'the conversation of channel callback that an agent has it as';
        create index callback_due on routing.callback (due_at) where work is null;

        alter table routing.presence add given_at timestamptz;
        comment on column routing.presence.given_at is 'was last asked';
        alter table routing.offer add channel text not null default 'chat';
        """
    )
