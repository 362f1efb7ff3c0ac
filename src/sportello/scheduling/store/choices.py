"""What can be chosen at the wizard's first steps: only what some calendar in use really offers."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Location, Service, Specialty, Words
from sportello.scheduling.store.slots import Wanted


class Bookable(Struct, frozen=True):
    """A practitioner with a calendar, their specialties and towns; or a room or device that has one alone."""

    id: str
    name: str
    specialties: tuple[Words, ...]
    towns: tuple[str, ...]
    alone: str = ""  # "room" or "device"


async def specialties(tx: Transaction) -> list[Specialty]:
    rows = await tx.fetch(
        "select id, name from scheduling.specialty sp where active"
        " and exists (select from scheduling.schedule s where s.specialty = sp.id and s.active)"
    )
    return [msgspec.convert(dict(row), Specialty) for row in rows]


async def practitioners(
    tx: Transaction, *, ids: Sequence[str] | None = None, named: str | None = None, limit: int = 10
) -> list[Bookable]:
    """Those of these ids, or whose name holds every word of `named` (case and accents do not count)."""
    words = [f"%{_plain(word)}%" for word in (named or "").split()[:5]]
    rows = await tx.fetch(
        """
        select p.id, p.name, array_agg(distinct sp.name) as specialties, array_agg(distinct l.town) as towns,
               coalesce(min(x.kind), '') as alone
        from scheduling.practitioner p left join scheduling.resource x on x.id = p.resource
        join scheduling.schedule s on s.practitioner = p.id and s.active
        join scheduling.specialty sp on sp.id = s.specialty
        join scheduling.location l on l.id = s.location
        where p.active and ($1::text[] is null or p.id = any($1)) and unaccent(p.name) ilike all($2::text[])
        group by p.id, p.name order by p.name limit $3
        """,
        list(ids) if ids is not None else None,
        words,
        limit,
    )
    return [
        Bookable(
            row["id"], row["name"], tuple(msgspec.convert(one, Words) for one in row["specialties"]),
            tuple(row["towns"]), row["alone"],
        )
        for row in rows
    ]  # fmt: skip


async def services(tx: Transaction, specialty: str, practitioner: str, *, alone: bool = False) -> list[Service]:
    """Appointment types of a specialty, or all that a practitioner offers; `alone` what patients book themselves."""
    rows = await tx.fetch(
        """
        select id, specialty, name, minutes, channels, preparation, referral_required, not_by_phone, kind, limits
        from scheduling.service v
        where active and exists (
            select from scheduling.schedule s
            where s.active and s.services @> array[v.id] and ($1 = '' or s.specialty = $1)
                  and ($2 = '' or s.practitioner = $2)
        ) and (not $3 or self_booking) order by id
        """,
        specialty,
        practitioner,
        alone,
    )
    return [msgspec.convert(dict(row), Service) for row in rows]


async def locations(tx: Transaction, wanted: Wanted) -> list[Location]:
    """Sites where some calendar offers what is wanted."""
    rows = await tx.fetch(
        """
        select id, name, town, postal_code, address, phone, latitude, longitude, zone, country
        from scheduling.location l
        where active and exists (
            select from scheduling.schedule s
            where s.active and s.location = l.id and s.services @> array[$1] and ($2 = '' or s.specialty = $2)
                  and ($3 = '' or s.practitioner = $3)
        ) order by town, name
        """,
        wanted.service,
        wanted.specialty,
        wanted.practitioner,
    )
    return [msgspec.convert(dict(row), Location) for row in rows]


async def today(tx: Transaction, location: str, now: datetime) -> date | None:
    """The day that it is at this site, or the earliest of all sites in use; None when there is none."""
    found: date | None = await tx.fetchval(
        "select min(($2::timestamptz at time zone zone)::date) from scheduling.location"
        " where id = $1 or $1 = '' and active",
        location,
        now,
    )
    return found


def _plain(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return bare.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
