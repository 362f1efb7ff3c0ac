"""What the staff's calendar shows: slots of a span with whoever is named, and what it can be narrowed to."""

from datetime import datetime

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Words
from sportello.scheduling.store.slots import WHOLE, Slot, as_slot


class Person(Struct, frozen=True):
    """Somebody, or something, with a calendar in use; `zone` is a room's or a device's, `alone` says which it is,
    `resource` is its own id."""

    id: str
    name: str
    zone: str = ""
    alone: str = ""
    resource: str = ""


class Named(Struct, frozen=True):
    """A schedule in a few words."""

    id: str
    name: str
    practitioner: str
    practitioner_name: str
    location: str
    location_name: str
    specialty_name: Words


async def slots(
    tx: Transaction, since: datetime, until: datetime, *, practitioner: str = "", location: str = ""
) -> list[Slot]:
    """Every slot that begins in the span, but those that are withdrawn."""
    rows = await tx.fetch(
        f"{WHOLE} where s.starts >= $1 and s.starts < $2 and s.status <> 'entered-in-error'"
        " and ($3 = '' or s.practitioner = $3) and ($4 = '' or s.location = $4)"
        " order by p.name, s.schedule, s.starts",
        since,
        until,
        practitioner,
        location,
    )
    return [as_slot(row) for row in rows]


async def people(tx: Transaction) -> list[Person]:
    """Whoever has a calendar, by name."""
    rows = await tx.fetch(
        "select p.id, p.name, '', coalesce(x.kind, ''), coalesce(x.id, '') from scheduling.practitioner p"
        " left join scheduling.resource x on x.id = p.resource where p.active"
        " and exists (select from scheduling.schedule s where s.practitioner = p.id) order by p.name"
    )
    return [Person(*row) for row in rows]


async def zone_of(tx: Transaction, practitioner: str, location: str) -> str:
    """The one zone in which these work; empty when there are several, or none."""
    rows = await tx.fetch(
        "select distinct l.zone from scheduling.schedule s join scheduling.location l on l.id = s.location"
        " where s.active and l.active and ($1 = '' or s.practitioner = $1) and ($2 = '' or s.location = $2) limit 2",
        practitioner,
        location,
    )
    return str(rows[0]["zone"]) if len(rows) == 1 else ""


async def resources(tx: Transaction) -> list[Person]:
    """Rooms and devices in use, each with its place."""
    rows = await tx.fetch(
        "select r.id, r.name || ' · ' || l.name, l.zone from scheduling.resource r"
        " join scheduling.location l on l.id = r.location where r.active and l.active order by l.name, r.name"
    )
    return [Person(*row) for row in rows]


async def schedules(tx: Transaction) -> list[Named]:
    """Every calendar in use, by person and place."""
    rows = await tx.fetch(
        "select s.id, s.name, p.id, p.name, l.id, l.name, sp.name from scheduling.schedule s"
        " join scheduling.practitioner p on p.id = s.practitioner join scheduling.location l on l.id = s.location"
        " join scheduling.specialty sp on sp.id = s.specialty where s.active and p.active and l.active"
        " order by p.name, l.name, s.id"
    )
    return [Named(row[0], row[1], row[2], row[3], row[4], row[5], msgspec.convert(row[6], Words)) for row in rows]
