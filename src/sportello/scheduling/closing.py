"""Blocks time and opens it again: nothing new is booked into it, what is booked stays and is listed as a conflict."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling.events import CalendarChanged, TimeReopened
from sportello.scheduling.store import claims, closures
from sportello.scheduling.store.closures import Closure


class UnknownClosure(Exception):
    """There is no such closure, or it was lifted already."""


class Scope(Struct, frozen=True):
    """What is closed: all that is named must fit; nothing named means the whole hospital."""

    practitioner: str | None = None
    resource: str | None = None
    location: str | None = None
    schedule: str | None = None


async def close(
    house: House, tx: Transaction, actor: Actor, starts: datetime, ends: datetime, scope: Scope, reason: str
) -> Closure:
    """Closes from `starts` to `ends`; holds in it can no longer be booked. Raises ValueError when it has no length."""
    if ends <= starts or not reason.strip():
        raise ValueError("a closure has a length and a reason")
    made = Closure(
        uuid7(), starts, ends, scope.practitioner, scope.resource, scope.location, scope.schedule, reason.strip(),
        f"{actor.kind}:{actor.id}", house.clock.now(),
    )  # fmt: skip
    await closures.add(tx, made)
    await _settle(house, tx, made)
    await audit.record(
        house, tx, actor, "calendar.closed", entity=f"closure/{made.id}",
        detail={"from": starts.isoformat(), "to": ends.isoformat(), "reason": made.reason},
    )  # fmt: skip
    return made


async def lift(house: House, tx: Transaction, actor: Actor, closure: UUID) -> Closure:
    """Opens what was closed, except where another closure stands."""
    found = await closures.lift(tx, closure, f"{actor.kind}:{actor.id}", house.clock.now())
    if found is None:
        raise UnknownClosure
    await _settle(house, tx, found)
    people, _ = await closures.concerned(tx, found)
    await house.news.announce(tx, TimeReopened(sorted(people), found.starts, found.ends))
    await audit.record(house, tx, actor, "calendar.opened", entity=f"closure/{found.id}")
    return found


async def _settle(house: House, tx: Transaction, one: Closure) -> None:
    people, rooms = await closures.concerned(tx, one)
    await claims.lock_people(tx, people, rooms)
    await claims.settle(tx, people, rooms, one.starts, one.ends)
    await house.news.announce(tx, CalendarChanged(sorted(people)))
