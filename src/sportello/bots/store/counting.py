"""Every statement that counts what the bot did, for the screen of its measures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader


class Totals(Struct, frozen=True):
    """Talks that began in the time; `contained` ended or fell silent with the bot, `escalated` went to a person."""

    talks: int
    contained: int
    escalated: int
    open: int
    turns: int
    misses: int
    median_seconds: float | None


class Miss(Struct, frozen=True):
    """Words that were not understood: where they stand, and when."""

    conversation: UUID
    seq: int
    at: datetime
    score: int
    language: str


async def totals(reader: Reader, since: datetime) -> Totals:
    """Seconds are from the talk's beginning until it was handed over."""
    row = await reader.fetchrow(
        """with talk as (
            select s.conversation, s.opened_at, s.ended_at,
                count(t.number) as turns,
                max(t.at) filter (where t.outcome = 'escalated') as escalated_at
            from bots.session s left join bots.turn t on t.conversation = s.conversation
            where s.opened_at >= $1 group by s.conversation)
        select count(*) as talks, count(*) filter (where ended_at is not null and escalated_at is null) as contained,
            count(*) filter (where escalated_at is not null) as escalated,
            count(*) filter (where ended_at is null) as open, coalesce(sum(turns), 0)::int as turns,
            (select count(*) from bots.turn m where m.at >= $1 and m.missed) as misses,
            percentile_cont(0.5) within group (order by extract(epoch from escalated_at - opened_at)) as median_seconds
        from talk""",
        since,
    )
    return Totals(**dict(row))


async def reasons(reader: Reader, since: datetime) -> list[tuple[str, int]]:
    """Why talks went to a person, the most frequent first."""
    rows = await reader.fetch(
        "select reason, count(*) as talks from bots.turn where at >= $1 and outcome = 'escalated'"
        " group by reason order by count(*) desc, reason",
        since,
    )
    return [(row["reason"], row["talks"]) for row in rows]


async def wishes(reader: Reader, since: datetime) -> list[tuple[str, int, int]]:
    """What was understood: the wish, how often, and how surely on average (0 to 100)."""
    rows = await reader.fetch(
        "select split_part(wish, '.', 1) as wish, count(*) as turns, round(avg(score))::int as score from bots.turn"
        " where at >= $1 and wish <> '' group by 1 order by 2 desc, 1 limit 30",
        since,
    )
    return [(row["wish"], row["turns"], row["score"]) for row in rows]


async def misses(reader: Reader, since: datetime, limit: int) -> list[Miss]:
    """The latest words that were not understood and that nobody has dealt with."""
    rows = await reader.fetch(
        "select conversation, seq, at, score, coalesce(memory_before->>'language', 'it') as language from bots.turn"
        " where at >= $1 and missed and not dealt_with order by at desc limit $2",
        since,
        limit,
    )
    return [Miss(**dict(row)) for row in rows]


async def deal_with(tx: Any, conversation: UUID, seq: int) -> bool:
    """False when there is no such miss."""
    done = await tx.fetchval(
        "update bots.turn set dealt_with = true where conversation = $1 and seq = $2 and missed and not dealt_with"
        " returning true",
        conversation,
        seq,
    )
    return bool(done)


async def feedback(reader: Reader, since: datetime) -> list[tuple[str, int, int]]:
    """By article: how often it helped, and how often not."""
    rows = await reader.fetch(
        "select article, count(*) filter (where helpful) as yes, count(*) filter (where not helpful) as no"
        " from bots.feedback where at >= $1 group by article order by 3 desc, 1 limit 30",
        since,
    )
    return [(row["article"], row["yes"], row["no"]) for row in rows]
