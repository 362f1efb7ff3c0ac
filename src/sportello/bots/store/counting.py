"""Every statement on what the assistant understood and missed, and whether its answers helped."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader


class Miss(Struct, frozen=True):
    """Words that were not understood: where they stand, and when."""

    conversation: UUID
    seq: int
    at: datetime
    score: int
    language: str


async def wishes(reader: Reader, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """What was understood: the wish, how often, and how surely on average (0 to 100)."""
    rows = await reader.fetch(
        "select split_part(wish, '.', 1) as wish, count(*) as turns, round(avg(score))::int as score from bots.turn"
        " where at >= $1 and at < $2 and wish <> '' group by 1 order by 2 desc, 1 limit 30",
        since,
        until,
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


async def deal_with(tx: Any, places: list[tuple[UUID, int]]) -> int:
    """How many of these misses nobody had dealt with."""
    rows = await tx.fetch(
        "update bots.turn set dealt_with = true from unnest($1::uuid[], $2::bigint[]) as place (conversation, seq)"
        " where turn.conversation = place.conversation and turn.seq = place.seq and missed and not dealt_with"
        " returning true",
        [conversation for conversation, _ in places],
        [seq for _, seq in places],
    )
    return len(rows)


async def feedback(reader: Reader, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """By article: how often it helped, and how often not."""
    rows = await reader.fetch(
        "select article, count(*) filter (where helpful) as yes, count(*) filter (where not helpful) as no"
        " from bots.feedback where at >= $1 and at < $2 group by article order by 3 desc, 1 limit 30",
        since,
        until,
    )
    return [(row["article"], row["yes"], row["no"]) for row in rows]
