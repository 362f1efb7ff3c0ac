"""What a service needs before it, and when a patient has had that."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Words


class Need(Struct, frozen=True):
    """Another type that must be booked, or `done`, at least so many days before."""

    service: str
    needs: str
    name: Words
    days: int
    done: bool


_READ = """select q.service, q.needs, v.name, q.days, q.done from scheduling.prerequisite q
    join scheduling.service v on v.id = q.needs"""


async def of_service(tx: Transaction, service: str) -> list[Need]:
    """The needs of one service."""
    return await of_services(tx, [service])


async def of_services(tx: Transaction, services: Collection[str]) -> list[Need]:
    """The needs of these services."""
    rows = await tx.fetch(f"{_READ} where q.service = any ($1::text[]) order by q.service, q.needs", list(services))
    return [msgspec.convert(dict(row), Need) for row in rows]


async def first_end(
    tx: Transaction, patient: str, need: Need, since: datetime, zone: str
) -> tuple[date, datetime] | tuple[None, None]:
    """The day and moment at which the patient's first visit of the needed type ends that counts for it; the day is that
    of its place, of a virtual visit that of `zone`."""
    states = ["fulfilled"] if need.done else ["pending", "booked", "arrived", "checked-in", "fulfilled"]
    found = await tx.fetchrow(
        "select (a.ends at time zone case when a.channel = 'in_person' then coalesce(l.zone, $5) else $5 end)::date,"
        " a.ends from scheduling.appointment a left join scheduling.location l on l.id = a.location"
        " where a.patient = $1 and a.service = $2 and a.status = any ($3::text[]) and a.ends > $4"
        " order by a.ends limit 1",
        patient,
        need.needs,
        states,
        since,
        zone,
    )
    return (found[0], found[1]) if found else (None, None)


async def needing(tx: Transaction, patient: str, service: str, now: datetime) -> list[UUID]:
    """The patient's visits ahead whose type needs this one first."""
    rows = await tx.fetch(
        "select a.id from scheduling.appointment a join scheduling.prerequisite q on q.service = a.service"
        " where a.patient = $1 and q.needs = $2 and a.starts > $3"
        " and a.status in ('pending', 'booked') order by a.starts",
        patient,
        service,
        now,
    )
    return [row["id"] for row in rows]
