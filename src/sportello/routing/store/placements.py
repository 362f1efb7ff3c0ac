"""Where the plan put each conversation, and who of them waits to be offered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.engine.matching import Shape, Waiting
from sportello.routing.store.offers import Reader

_WAITING = "conversation, queue, channel, needs, priority, since, wanted"


class Placed(Struct, frozen=True):
    """A conversation's place in the plan; `told_place` and `told_minutes` are what the patient was told last."""

    conversation: UUID
    queue: str
    channel: str
    needs: str
    priority: int
    since: datetime
    waiting: bool
    wanted: UUID | None
    overflowed: list[str]
    told_place: int | None
    told_minutes: int | None


async def placed(reader: Reader, conversation: UUID) -> Placed | None:
    row = await reader.fetchrow("select * from routing.placement where conversation = $1", conversation)
    return Placed(**dict(row)) if row else None


async def put(tx: Transaction, one: Waiting, overflowed: Sequence[str] = ()) -> None:
    """Where a conversation belongs from now on; it begins to wait when its state says so."""
    await tx.execute(
        """insert into routing.placement (conversation, queue, channel, needs, priority, since, wanted, overflowed,
            waiting) values ($1, $2, $3, $4, $5, $6, $7, $8, false)
        on conflict (conversation) do update set queue = $2, channel = $3, needs = $4, priority = $5, since = $6,
            wanted = $7, overflowed = $8, told_place = null, told_minutes = null""",
        one.conversation, one.queue, one.channel, one.needs, one.priority, one.since, one.wanted, list(overflowed),
    )  # fmt: skip


async def stand(tx: Transaction, one: Waiting) -> None:
    """It waits, in this queue since then; what it needs and whom it wants stay as they were."""
    await tx.execute(
        """insert into routing.placement as p (conversation, queue, channel, priority, since, waiting)
        values ($1, $2, $3, $4, $5, true)
        on conflict (conversation) do update set queue = $2, channel = $3, priority = $4, since = $5, waiting = true""",
        one.conversation, one.queue, one.channel, one.priority, one.since,
    )  # fmt: skip


async def leave(tx: Transaction, conversations: Collection[UUID]) -> None:
    """They are offered: they wait no longer, but are in the queue still."""
    await tx.execute(
        "update routing.placement set waiting = false where conversation = any($1::uuid[]) and waiting",
        list(conversations),
    )


async def gone(tx: Transaction, conversation: UUID) -> None:
    """It is in no queue any more; coming back, it begins anew."""
    await tx.execute(
        """update routing.placement set waiting = false, overflowed = '{}', told_place = null, told_minutes = null
        where conversation = $1""",
        conversation,
    )


async def shapes(reader: Reader) -> list[Shape]:
    """What kinds of waiting there are, however many wait."""
    rows = await reader.fetch(
        """select queue, channel, needs, min(since) as first from routing.placement where waiting
        group by queue, channel, needs"""
    )
    return [Shape(**dict(row)) for row in rows]


async def first_of(
    reader: Reader, wanted: Sequence[tuple[Shape, datetime, int]], passed: Collection[UUID], limit: int
) -> list[Waiting]:
    """The first who wait, of these kinds, each with the latest beginning of its wait and its queue's priority."""
    rows = await reader.fetch(
        f"""select {_WAITING} from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])
            as s (of_queue, of_channel, of_needs, until, rank)
        cross join lateral (
            select {_WAITING} from routing.placement p where waiting and queue = s.of_queue and channel = s.of_channel
              and needs = s.of_needs and since <= s.until and conversation <> all($6::uuid[])
            order by priority desc, since, conversation limit $7
        ) p order by s.rank desc, p.priority desc, p.since, p.conversation limit $7""",  # noqa: S608
        [one.queue for one, _, _ in wanted],
        [one.channel for one, _, _ in wanted],
        [one.needs for one, _, _ in wanted],
        [until for _, until, _ in wanted],
        [rank for _, _, rank in wanted],
        list(passed),
        limit,
    )
    return [Waiting(**dict(row)) for row in rows]


async def anybody(reader: Reader) -> bool:
    """Whether anybody waits without being offered to somebody."""
    return bool(await reader.fetch("select 1 from routing.placement where waiting limit 1"))


async def all_waiting(reader: Reader) -> list[Waiting]:
    """Everybody who waits to be offered, in the order in which locks are taken."""
    rows = await reader.fetch(f"select {_WAITING} from routing.placement where waiting order by conversation")  # noqa: S608
    return [Waiting(**dict(row)) for row in rows]


async def of_queue(reader: Reader, queue: str) -> list[Waiting]:
    """Who waits in a queue to be offered, in the order of service."""
    rows = await reader.fetch(
        f"""select {_WAITING} from routing.placement where waiting and queue = $1
        order by priority desc, since, conversation""",  # noqa: S608
        queue,
    )
    return [Waiting(**dict(row)) for row in rows]


async def overflow(tx: Transaction, conversation: UUID, mark: str) -> None:
    """Remembers that an overflow was applied to a conversation."""
    await tx.execute(
        "update routing.placement set overflowed = array_append(overflowed, $2) where conversation = $1",
        conversation,
        mark,
    )


async def told(tx: Transaction, conversation: UUID, place: int, minutes: int | None) -> bool:
    """Remembers what the patient was told of their place; False when it was told already."""
    done = await tx.execute(
        """update routing.placement set told_place = $2, told_minutes = $3
        where conversation = $1 and (told_place, told_minutes) is distinct from ($2, $3)""",
        conversation,
        place,
        minutes,
    )
    return done.endswith(" 1")


async def in_line(reader: Reader, queue: str, limit: int = 50) -> list[Placed]:
    """The first in a queue, in the order of service; those who are being offered are before them all and not told."""
    rows = await reader.fetch(
        """select * from routing.placement where waiting and queue = $1
        order by priority desc, since, conversation limit $2""",
        queue,
        limit,
    )
    return [Placed(**dict(row)) for row in rows]
