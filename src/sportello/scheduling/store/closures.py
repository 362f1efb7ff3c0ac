"""Closures, and the bookings that stand against one or against the template."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.store.appointments import READ
from sportello.scheduling.store.claims import CLOSES


class Closure(Struct, frozen=True):
    """Time in which nothing new is booked."""

    id: UUID
    starts: datetime
    ends: datetime
    practitioner: str | None
    resource: str | None
    location: str | None
    schedule: str | None
    reason: str
    by: str
    at: datetime


class Conflict(Struct, frozen=True):
    """A visit that cannot take place as booked, or that somebody wishes otherwise (`wished_by`).

    `reason` is the closure's, or what was said with the wish; empty when the template changed. `order` is what is wrong
    with what must come before it.
    """

    appointment: Appointment
    reason: str
    wished_by: str = ""
    wished: datetime | None = None
    order: str = ""


_BESIDE = frozenset({"closed_for", "wish_note", "wished_by", "wished", "out_of_order"})
_READ = """select id, lower(during) as starts, upper(during) as ends, practitioner, resource, location, schedule,
    reason, by, at from scheduling.closure"""


# A visit a that is to come from $1 on, and what makes its slot s one that cannot take place as booked.
# One that was cancelled here and stands in the system that keeps the calendars is a conflict too.
_AHEAD = """a.starts >= $1 and (a.status in ('pending', 'booked')
    or exists (select from scheduling.wish e where e.appointment = a.id and e.by = 'elsewhere'))"""
_CONTRADICTED = f"""(s.orphan or exists (select from scheduling.closure k where {CLOSES})
    or exists (select from scheduling.wish w where w.appointment = a.id))"""  # noqa: S608


async def add(tx: Transaction, one: Closure) -> None:
    await tx.execute(
        "insert into scheduling.closure (id, during, practitioner, resource, location, schedule, reason, by, at)"
        " values ($1, tstzrange($2, $3), $4, $5, $6, $7, $8, $9, $10)",
        one.id, one.starts, one.ends, one.practitioner, one.resource, one.location, one.schedule, one.reason, one.by,
        one.at,
    )  # fmt: skip


async def lift(tx: Transaction, closure: UUID, by: str, at: datetime) -> Closure | None:
    """The closure that was standing until now."""
    row = await tx.fetchrow(
        "update scheduling.closure set lifted_by = $2, lifted_at = $3 where id = $1 and lifted_at is null"
        " returning id, lower(during) as starts, upper(during) as ends, practitioner, resource, location, schedule,"
        " reason, by, at",
        closure,
        by,
        at,
    )
    return Closure(*row) if row else None


async def standing(tx: Transaction, since: datetime, until: datetime) -> list[Closure]:
    """Closures that touch a span, the earliest first."""
    rows = await tx.fetch(
        f"{_READ} where lifted_at is null and during && tstzrange($1, $2) order by during, id", since, until
    )
    return [Closure(*row) for row in rows]


async def concerned(tx: Transaction, one: Closure) -> tuple[set[str], set[str]]:
    """Whose slots a closure is about, and which rooms these need."""
    rows = await tx.fetch(
        """
        select distinct s.practitioner, s.resources from scheduling.slot s
        where s.starts < $2 and s.ends > $1 and ($3::text is null or s.practitioner = $3)
              and ($4::text is null or $4 = any (s.resources)) and ($5::text is null or s.location = $5)
              and ($6::text is null or s.schedule = $6)
        """,
        one.starts, one.ends, one.practitioner, one.resource, one.location, one.schedule,
    )  # fmt: skip
    return {row["practitioner"] for row in rows}, {room for row in rows for room in row["resources"]}


async def count(tx: Transaction, since: datetime) -> int:
    """How many visits to come cannot take place as booked."""
    return int(
        await tx.fetchval(
            f"""select count(*) from scheduling.appointment a join scheduling.slot s on s.id = a.slot
            where {_AHEAD} and {_CONTRADICTED}""",  # noqa: S608
            since,
        )
    )


async def conflicts(tx: Transaction, since: datetime, limit: int = 500) -> list[Conflict]:
    """Visits to come whose time was closed, or has gone from its template; the next first."""
    rows: Any = await tx.fetch(
        f"""
        select a.*, coalesce((select k.reason from scheduling.closure k where {CLOSES} order by k.at limit 1), '')
            as closed_for, w.note as wish_note, w.by as wished_by, w.starts as wished, o.note as out_of_order
        from ({READ} where {_AHEAD}) a
        left join scheduling.wish w on w.appointment = a.id and w.about = 'time'
        left join scheduling.wish o on o.appointment = a.id and o.about = 'order'
        join scheduling.slot s on s.id = a.slot
        where {_CONTRADICTED}
        order by a.starts limit $2
        """,  # noqa: S608
        since,
        limit,
    )
    return [
        Conflict(
            msgspec.convert({k: v for k, v in row.items() if k not in _BESIDE}, Appointment),
            row["closed_for"] or row["wish_note"] or "",
            row["wished_by"] or "",
            row["wished"],
            row["out_of_order"] or "",
        )
        for row in rows
    ]
