"""Every statement on streams: the batch that numbers and keeps events, heads, and reading onwards from a number."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from sportello.kit.streams.shapes import Event

# The database is away, or going: trying again later is right, and safe for what carries a client id.
UNREACHABLE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says of a connection whose server was killed in the middle of a word
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


class Row(NamedTuple):
    """An event that has no number yet."""

    stream: str
    kind: str
    sender: str
    audience: str
    client_id: UUID | None
    json: str
    fence: int | None = None


class Reader(Protocol):
    """A pool, a connection or a transaction."""

    async def fetch(self, sql: str, *args: object) -> Any: ...


# One statement is one commit. Rows whose client id is known are left out; the others raise their stream's head
# by their count, and the head's old value numbers them. The row lock on the head makes commit order the order of
# numbers; `order by` takes the locks in one order in every process. Closed streams and stale fences update no head,
# so their rows get no number: the caller asks `heads` why.
WRITE = """
with incoming as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::int[])
        with ordinality as i (stream, kind, sender, audience, client_id, body, fence, place)
), known as materialized (
    select i.place, e.seq from incoming i
    join kit.event e on e.stream = i.stream and e.client_id = i.client_id
), heads as (
    update kit.stream s set last_seq = s.last_seq + f.n
    from (
        select stream, max(fence) as fence, count(*) as n, array_agg(place) as places, array_agg(kind) as kinds,
               array_agg(sender) as senders, array_agg(audience) as audiences, array_agg(client_id) as client_ids,
               array_agg(body) as bodies
        from (select * from incoming where place not in (select place from known) order by stream, place) fresh
        group by stream order by stream
    ) f
    where s.stream = f.stream and s.closed_at is null and (f.fence is null or s.fence = f.fence)
    returning s.stream, s.last_seq - f.n as base, f.places, f.kinds, f.senders, f.audiences, f.client_ids, f.bodies
), written as (
    insert into kit.event (stream, seq, at, kind, sender, audience, client_id, body)
    select h.stream, h.base + r.n, $8, r.kind, r.sender, r.audience, r.client_id, r.body::jsonb
    from heads h cross join lateral
        unnest(h.kinds, h.senders, h.audiences, h.client_ids, h.bodies)
            with ordinality as r (kind, sender, audience, client_id, body, n)
)
select p.place::int - 1, h.base + p.n, false from heads h
    cross join lateral unnest(h.places) with ordinality as p (place, n)
union all
select place::int - 1, seq, true from known
"""


def columns(rows: Sequence[Row], at: datetime) -> tuple[Any, ...]:
    """The arguments of WRITE for rows in order of arrival."""
    streams, kinds, senders, audiences, client_ids, bodies, fences = zip(*rows, strict=True)
    return (streams, kinds, senders, audiences, client_ids, bodies, fences, at)


# The writer keeps one prepared plan for its life. Made while the tables are empty, a free planner would choose to read
# them whole and keep doing so as they grow; with these the plan is by index from the first day.
WRITER_SETTINGS = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "lock_timeout": "2s",
    "jit": "off",
}


async def make_heads(tx: Any, streams: Iterable[str]) -> None:
    """Heads for streams that have none."""
    await tx.execute(
        "insert into kit.stream (stream) select s from unnest($1::text[]) s order by s on conflict do nothing",
        sorted(set(streams)),
    )


async def lock_heads(tx: Any, raises: dict[str, int]) -> dict[str, Any]:
    """Makes, locks in order and returns the heads (`fence`, `closed_at`), with fences raised by `raises`.

    Also turns the rest of the transaction to plans by index (see WRITER_SETTINGS), at no further round trip.
    """
    names = sorted(raises)
    rows = await tx.fetch(
        "insert into kit.stream as s (stream, fence)"
        " select * from unnest($1::text[], $2::int[]) as r (stream, by) order by 1"
        " on conflict (stream) do update set fence = s.fence + excluded.fence"
        " returning s.stream, s.fence, s.closed_at, set_config('enable_seqscan', 'off', true),"
        " set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)",
        names,
        [raises[name] for name in names],
    )
    return {row["stream"]: row for row in rows}


async def close(tx: Any, streams: Iterable[str], at: datetime) -> None:
    await tx.execute(
        "update kit.stream set closed_at = $2 where stream = any($1::text[]) and closed_at is null",
        sorted(streams),
        at,
    )


async def open_again(tx: Any, streams: Iterable[str]) -> None:
    await tx.execute("update kit.stream set closed_at = null where stream = any($1::text[])", sorted(streams))


async def heads(reader: Reader, streams: Iterable[str]) -> dict[str, Any]:
    """`last_seq`, `fence` and `closed_at` of the streams that exist."""
    rows = await reader.fetch(
        "select stream, last_seq, fence, closed_at from kit.stream where stream = any($1::text[])", list(streams)
    )
    return {row["stream"]: row for row in rows}


_SINCE = """
select e.stream, e.seq, e.kind, e.sender, e.audience, e.at, e.client_id, e.body::text from kit.event e
where e.stream = $1 and e.seq > $2 and ($4 or e.audience = 'all') order by e.seq limit $3
"""
_SINCE_EACH = """
select e.stream, e.seq, e.kind, e.sender, e.audience, e.at, e.client_id, e.body::text
from unnest($1::text[], $2::bigint[]) as c (stream, after)
cross join lateral (select * from kit.event e where e.stream = c.stream and e.seq > c.after order by e.seq limit $3) e
"""


async def since(reader: Reader, stream: str, after: int, limit: int, audience: str = "staff") -> list[Event]:
    """At most `limit` events numbered above `after`, in order; for `all`, without those for staff only."""
    rows = await reader.fetch(_SINCE, stream, after, limit, audience == "staff")
    return [Event(*row) for row in rows]


async def rewrite(tx: Any, stream: str, seq: int, body: str) -> bool:
    """Puts another body (JSON) in place of an event's; False when there is no such event."""
    return bool(
        await tx.fetch(
            "update kit.event set body = $3::text::jsonb where stream = $1 and seq = $2 returning seq",
            stream,
            seq,
            body,
        )
    )


async def one(reader: Reader, stream: str, seq: int) -> Event | None:
    """One event by its number."""
    rows = await reader.fetch(
        "select stream, seq, kind, sender, audience, at, client_id, body::text from kit.event"
        " where stream = $1 and seq = $2",
        stream,
        seq,
    )
    return Event(*rows[0]) if rows else None


async def several(reader: Reader, places: Iterable[tuple[str, int]]) -> list[Event]:
    """Those of the events, each by its stream and number, that are there."""
    wanted = list(places)
    rows = await reader.fetch(
        "select stream, seq, kind, sender, audience, at, client_id, body::text from kit.event"
        " join unnest($1::text[], $2::bigint[]) as place (stream, seq) using (stream, seq)",
        [stream for stream, _ in wanted],
        [seq for _, seq in wanted],
    )
    return [Event(*row) for row in rows]


async def count(reader: Reader, streams: list[str]) -> int:
    """How many events these streams hold."""
    rows = await reader.fetch("select count(*) as n from kit.event where stream = any($1::text[])", streams)
    return int(rows[0]["n"])


_ERASE = """
with theirs as (
    select stream, seq from kit.event where stream = any($1::text[])
    union
    select stream, seq from kit.event where body ? 'patient' and body->>'patient' = any($2::text[])
    union
    select e.stream, e.seq from kit.stream s join kit.event e using (stream)
    where not starts_with(s.stream, $4) and (s.stream ~ any($3::text[]) or e.body::text ~ any($3::text[]))
)
update kit.event e set kind = 'erased', body = '{}' from theirs t where (e.stream, e.seq) = (t.stream, t.seq)
"""


async def erase(tx: Any, streams: list[str], ids: list[str], patients: list[str], apart: str) -> int:
    """Empties every event of these streams, and of others those that name one of `ids` or `patients`; numbers stay.

    Streams that begin with `apart` are the many and long ones: they name their patients under `patient`, which an index
    finds; all others are read. An id of a patient may be as short as "7": it counts where it is called one.
    """
    written = [re.sub(r"([^A-Za-z0-9_-])", r"\\\1", one) for one in patients]
    named = [*ids, *(rf"[Pp]atients?(_id)?([\":/ ]|%2F)+{one}([^A-Za-z0-9.-]|$)" for one in written)]
    emptied = await tx.execute(_ERASE, streams, patients, named, apart)
    await tx.execute("delete from kit.job where state <> 'taken' and payload::text ~ any($1::text[])", named)
    return int(emptied.rpartition(" ")[2])


_FOUND = """
select stream, seq, kind, sender, audience, at, client_id, body::text from kit.event
where stream = $1 and kind = any($2::text[]) and body->>'text' ilike $3 order by seq desc limit $4
"""


async def containing(reader: Reader, stream: str, kinds: list[str], text: str, limit: int) -> list[Event]:
    """The newest events of these kinds whose text holds the words as they stand, whatever their case."""
    sought = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await reader.fetch(_FOUND, stream, kinds, f"%{sought}%", limit)
    return [Event(*row) for row in rows]


async def exists(reader: Reader, stream: str, seq: int) -> bool:
    return bool(await reader.fetch("select 1 from kit.event where stream = $1 and seq = $2", stream, seq))


async def since_each(reader: Reader, cursors: dict[str, int], limit: int) -> list[Event]:
    """For many streams at once, at most `limit` events of each above its cursor, in order within each."""
    rows = await reader.fetch(_SINCE_EACH, list(cursors), list(cursors.values()), limit)
    return [Event(*row) for row in rows]


async def installation(reader: Reader) -> UUID:
    """The name of this hospital's installation, the same for all its processes."""
    rows = await reader.fetch("select id from kit.installation")
    return UUID(str(rows[0]["id"]))
