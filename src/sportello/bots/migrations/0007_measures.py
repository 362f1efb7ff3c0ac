"""One row for each time that a bot had a conversation, so that measures need not read turns and streams."""

from alembic import op

revision = "bots_0007"
down_revision = "bots_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- bot: the embedded assistant or the hospital's own. left_at: since when it has the conversation no longer.
        -- outcome: empty while it has it; 'person': a person was wanted or took it, for `reason`; 'ended': without one.
        -- person_at: when a person had it for the first time after that.
        create table bots.stay (
            conversation uuid        not null,
            began_at     timestamptz not null,
            bot          text        not null check (bot in ('assistant', 'own')),
            channel      text        not null,
            language     text        not null,
            left_at      timestamptz,
            outcome      text        not null default '' check (outcome in ('', 'person', 'ended')),
            reason       text        not null default '',
            person_at    timestamptz,
            turns        integer     not null default 0,
            misses       integer     not null default 0,
            primary key (conversation, began_at),
            check ((outcome = '') = (left_at is null))
        ) with (fillfactor = 80);
        create index stay_began on bots.stay (began_at);
        create unique index stay_now on bots.stay (conversation) where left_at is null;
        create index stay_waits on bots.stay (conversation) where outcome = 'person' and person_at is null;

        insert into bots.stay (conversation, began_at, bot, channel, language, left_at, outcome, reason, turns, misses)
        select s.conversation, s.opened_at, 'assistant', coalesce(c.channel, ''),
            coalesce(c.language, s.memory ->> 'language', 'it'), s.ended_at,
            case when s.ended_at is null then '' when t.escalated then 'person' else 'ended' end,
            case when s.ended_at is null then '' else coalesce(t.reason, '') end,
            s.turns, coalesce(t.misses, 0)
        from bots.session s left join conversations.conversation c on c.id = s.conversation
        left join lateral (
            select count(*) filter (where missed) as misses, bool_or(outcome = 'escalated') as escalated,
                max(reason) filter (where outcome = 'escalated') as reason
            from bots.turn t where t.conversation = s.conversation) t on true;
        """
    )
