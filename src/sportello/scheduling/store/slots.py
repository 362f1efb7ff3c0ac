"""Slots by what is wanted: only those whose status is free are ever offered."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Words
from sportello.scheduling.codes import SlotStatus


class Wanted(Struct, frozen=True):
    """What a slot must offer; empty means any."""

    service: str
    specialty: str = ""
    practitioner: str = ""
    location: str = ""


class Slot(Struct, frozen=True):
    """A time with a person at a place."""

    id: int
    schedule: str
    practitioner: str
    practitioner_name: str
    location: str
    location_name: str
    town: str
    starts: datetime
    ends: datetime
    status: SlotStatus
    before: int = 0
    after: int = 0
    seats: int = 1
    resources: tuple[str, ...] = ()
    orphan: bool = False
    remote: str = ""  # its id in the system that keeps the calendars
    wall: str = ""  # the zone of its place: the clock that its day, its hour and its part of the day are those of
    alone: str = ""  # "room" or "device": that is what has the calendar, not a practitioner

    @property
    def kept_from(self) -> datetime:
        """From when its people and rooms are taken: what is kept before it is counted."""
        return self.starts - timedelta(minutes=self.before)

    @property
    def kept_until(self) -> datetime:
        """Until when its people and rooms are taken."""
        return self.ends + timedelta(minutes=self.after)

    @property
    def actors(self) -> list[str]:
        """Whose time it takes, as claims name them."""
        return [f"practitioner:{self.practitioner}", *(f"resource:{one}" for one in sorted(self.resources))]


class Choice(Struct, frozen=True):
    """A specialty or service that can be booked, in both languages."""

    id: str
    name: Words


WHOLE = """
    select s.id, s.schedule, s.practitioner, p.name, s.location, l.name as place, l.town, s.starts, s.ends, s.status,
           s.before, s.after, s.seats, s.resources, s.orphan, s.remote, l.zone, x.kind as alone
    from scheduling.slot s join scheduling.schedule c on c.id = s.schedule
    join scheduling.practitioner p on p.id = s.practitioner join scheduling.location l on l.id = s.location
    left join scheduling.resource x on x.id = p.resource
"""


async def schedules(tx: Transaction, wanted: Wanted, near: str = "") -> list[str]:
    """The calendars that offer it; `near` is a town, a postal code or a place's name."""
    rows = await tx.fetch(
        "select s.id from scheduling.schedule s join scheduling.practitioner p on p.id = s.practitioner"
        " join scheduling.location l on l.id = s.location"
        " where s.active and p.active and l.active and s.services @> array[$1]"
        " and ($2 = '' or s.specialty = $2) and ($3 = '' or s.practitioner = $3) and ($4 = '' or s.location = $4)"
        " and ($5 = '' or l.postal_code = $5 or lower($5) in (lower(l.town), lower(l.name)))",
        wanted.service,
        wanted.specialty,
        wanted.practitioner,
        wanted.location,
        near.strip(),
    )
    return [row["id"] for row in rows]


async def begins(tx: Transaction, wanted: Wanted, day: date, zone: str = "") -> datetime | None:
    """When a day begins at the places that offer it, at the first of them; by the clock of `zone` when it is given."""
    found: datetime | None = await tx.fetchval(
        "select min($5::date::timestamp at time zone coalesce(nullif($6, ''), l.zone))"
        " from scheduling.schedule s join scheduling.location l on l.id = s.location"
        " where s.active and l.active and s.services @> array[$1]"
        " and ($2 = '' or s.specialty = $2) and ($3 = '' or s.practitioner = $3) and ($4 = '' or s.location = $4)",
        wanted.service,
        wanted.specialty,
        wanted.practitioner,
        wanted.location,
        day,
        zone,
    )
    return found


async def free(
    tx: Transaction,
    calendars: list[str],
    since: datetime,
    until: datetime,
    hours: tuple[int, int],
    zone: str,
    limit: int,
    weekday: int | None = None,
    copied_for: str = "",
    from_day: date | None = None,
) -> list[Slot]:
    """The first `limit` free slots of these calendars from `since` on, whose hour of the day lies in `hours`.

    Days and hours are those of each place's clock, or of `zone` when it is given. `from_day` is the first day that will
    do, `weekday` (1 is Monday) lets only that day of the week through; `copied_for` a type of appointment for which
    another system, that keeps the calendars, offers them.
    """
    offered = "and remote is not null and $10 = any (remote_services)" if copied_for else ""
    rows = await tx.fetch(
        f"""
        select f.id, f.schedule, c.practitioner, p.name, c.location, l.name as place, l.town, f.starts, f.ends,
               'free' as status, l.zone, x.kind as alone
        from (
            select s.id, s.schedule, s.starts, s.ends
            from (
                select w.id as schedule, z.zone, greatest($2, ($9::date)::timestamp at time zone z.zone) as since
                from scheduling.schedule w join scheduling.location v on v.id = w.location
                cross join lateral (select coalesce(nullif($6, ''), v.zone) as zone) z where w.id = any ($1::text[])
            ) wanted
            cross join lateral (
                select id, schedule, starts, ends from scheduling.slot
                where schedule = wanted.schedule and status = 'free' and starts >= wanted.since and starts < $3
                      and ($4 = 0 and $5 = 24 or extract(hour from starts at time zone wanted.zone) >= $4
                           and extract(hour from starts at time zone wanted.zone) < $5)
                      and ($8::int is null or extract(isodow from starts at time zone wanted.zone) = $8) {offered}
                order by starts limit $7
            ) s
            order by s.starts, s.ends limit $7
        ) f
        join scheduling.schedule c on c.id = f.schedule
        join scheduling.practitioner p on p.id = c.practitioner
        join scheduling.location l on l.id = c.location
        left join scheduling.resource x on x.id = p.resource
        order by f.starts, p.name, f.ends
        """,  # noqa: S608
        calendars,
        since,
        until,
        hours[0],
        hours[1],
        zone,
        limit,
        weekday,
        from_day,
        *([copied_for] if copied_for else []),
    )
    return [as_slot(row) for row in rows]


async def at(tx: Transaction, calendars: list[str], starts: datetime) -> int | None:
    """A free time of these calendars that begins then, the shortest."""
    found: int | None = await tx.fetchval(
        "select id from scheduling.slot where schedule = any ($1::text[]) and starts = $2 and status = 'free'"
        " order by ends limit 1",
        calendars,
        starts,
    )
    return found


async def taken(
    tx: Transaction, calendars: list[str], day: date, since: datetime, zone: str, limit: int = 100
) -> list[Slot]:
    """Times of a day of these calendars that somebody has or is about to have, the first first; the day is that of each
    place's clock, or of `zone` when it is given."""
    rows = await tx.fetch(
        f"{WHOLE} where s.schedule = any ($1::text[]) and s.starts >= $3"
        " and s.starts >= $2::date - interval '2 days' and s.starts < $2::date + interval '3 days'"
        " and (s.starts at time zone coalesce(nullif($4, ''), l.zone))::date = $2::date"
        " and s.status in ('busy', 'busy-tentative') and not s.orphan order by s.starts, p.name limit $5",
        calendars,
        day,
        since,
        zone,
        limit,
    )
    return [as_slot(row) for row in rows]


async def offered(tx: Transaction, slot: int, wanted: Wanted) -> Slot | None:
    """The slot, whatever its status, when its calendar offers what is wanted."""
    row = await tx.fetchrow(
        f"{WHOLE} where s.id = $1 and c.active and p.active and c.services @> array[$2]"
        " and (s.remote is null or $2 = any (s.remote_services))"
        " and ($3 = '' or c.specialty = $3) and ($4 = '' or s.practitioner = $4) and ($5 = '' or s.location = $5)",
        slot,
        wanted.service,
        wanted.specialty,
        wanted.practitioner,
        wanted.location,
    )
    return as_slot(row) if row else None


async def whole(tx: Transaction, slots: Collection[int]) -> list[Slot]:
    """These slots as they stand, in the order of their ids."""
    rows = await tx.fetch(f"{WHOLE} where s.id = any($1::bigint[]) order by s.id", list(slots))
    return [as_slot(row) for row in rows]


async def specialty_of(tx: Transaction, slot: int) -> str:
    """The specialty of a slot's calendar."""
    return str(
        await tx.fetchval(
            "select c.specialty from scheduling.slot s join scheduling.schedule c on c.id = s.schedule where s.id = $1",
            slot,
        )
    )


async def stand_ins(tx: Transaction, people: Collection[str]) -> dict[str, str]:
    """Of these, rooms and devices with calendars of their own, as FHIR refers to them."""
    rows = await tx.fetch(
        "select id, scheduling.stands_as(resource) as named from scheduling.practitioner"
        " where id = any ($1::text[]) and resource is not null",
        list(people),
    )
    return {row["id"]: row["named"] for row in rows}


async def whose(tx: Transaction, reference: str) -> str:
    """Who, or which room or device, has the calendars that FHIR names so; a bare id is one already."""
    if not reference.startswith(("Device/", "Location/")):
        return reference.removeprefix("Practitioner/")
    found: str | None = await tx.fetchval(
        "select id from scheduling.practitioner where resource is not null and scheduling.stands_as(resource) = $1",
        reference,
    )
    return found or reference


def as_slot(row: Any) -> Slot:
    """A slot from a row of `WHOLE`."""
    return Slot(
        row["id"], row["schedule"], row["practitioner"], row["name"], row["location"], row["place"], row["town"],
        row["starts"], row["ends"], SlotStatus(row["status"]), row.get("before", 0), row.get("after", 0),
        row.get("seats", 1), tuple(row.get("resources", ())), row.get("orphan", False), row.get("remote") or "",
        row["zone"], row["alone"] or "",
    )  # fmt: skip
