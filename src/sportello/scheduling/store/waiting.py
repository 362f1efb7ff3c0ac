"""Who waits, and which of them a free time would suit."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Words
from sportello.scheduling.codes import Channel


class Waiting(Struct, frozen=True, kw_only=True):
    """A patient's wish for a time: a new visit, or an earlier time of one that is booked (`appointment`)."""

    id: UUID
    patient: str
    appointment: UUID | None = None
    service: str
    specialty: str = ""
    practitioner: str = ""
    location: str = ""
    channel: Channel = Channel.IN_PERSON
    from_day: date
    until_day: date | None = None
    weekdays: tuple[int, ...] = ()
    part: str = ""
    priority: str = ""
    protected: bool = False
    referral: str = ""
    referred_on: date | None = None
    reason: str = ""
    details: str = ""
    state: str = "waiting"
    booked: UUID | None = None
    conversation: UUID | None = None
    created_at: datetime
    service_name: Words | None = None
    practitioner_name: str | None = None
    location_name: str | None = None
    now_at: datetime | None = None
    now_wall: str = ""  # the zone of the clock by which that visit is told; empty: the clinic's


class Policy(Struct, frozen=True):
    """How long an offer stands, how near a time may be, and whether times are offered without staff."""

    offer_minutes: int
    lead_minutes: int
    automatic: bool


_READ = """
    select w.id, w.patient, w.appointment, w.service, w.specialty, w.practitioner, w.location, w.channel, w.from_day,
           w.until_day, w.weekdays, w.part, w.priority, w.protected, w.referral, w.referred_on, w.reason, w.details,
           w.state, w.booked, w.conversation, w.created_at, v.name as service_name, p.name as practitioner_name,
           l.name as location_name, a.starts as now_at,
           case when a.channel = 'in_person' then coalesce(al.zone, '') else '' end as now_wall
    from scheduling.waiting w
    join scheduling.service v on v.id = w.service
    left join scheduling.practitioner p on p.id = w.practitioner
    left join scheduling.location l on l.id = w.location
    left join scheduling.appointment a on a.id = w.appointment
    left join scheduling.location al on al.id = a.location
"""
_STANDING = "w.state in ('waiting', 'offered')"
# By priority, then age: who waits longest of the same class comes first.
_ORDER = "array_position(array['U', 'B', 'D', 'P', ''], w.priority), w.created_at, w.id"


async def add(tx: Transaction, one: Waiting, by: str) -> None:
    await tx.execute(
        "insert into scheduling.waiting (id, patient, appointment, service, specialty, practitioner, location, channel,"
        " from_day, until_day, weekdays, part, priority, protected, referral, referred_on, reason, details,"
        " conversation, created_by, created_at, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
        " $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)",
        one.id, one.patient, one.appointment, one.service, one.specialty, one.practitioner, one.location, one.channel,
        one.from_day, one.until_day, list(one.weekdays), one.part, one.priority, one.protected, one.referral,
        one.referred_on, one.reason, one.details, one.conversation, by, one.created_at,
    )  # fmt: skip


async def read(tx: Transaction, waiting: UUID, *, lock: bool = False) -> Waiting | None:
    row = await tx.fetchrow(f"{_READ} where w.id = $1{' for update of w' if lock else ''}", waiting)
    return _waiting(row) if row else None


async def standing(tx: Transaction, *, patient: str = "", service: str = "", limit: int = 500) -> list[Waiting]:
    """Everybody who waits, or one patient's wishes, or those for one service; in the order in which they are served."""
    rows = await tx.fetch(
        f"{_READ} where {_STANDING} and ($1 = '' or w.patient = $1) and ($2 = '' or w.service = $2)"
        f" order by {_ORDER} limit $3",
        patient,
        service,
        limit,
    )
    return [_waiting(row) for row in rows]


async def of_appointment(tx: Transaction, appointment: UUID) -> Waiting | None:
    """The standing wish that a visit be earlier."""
    row = await tx.fetchrow(f"{_READ} where {_STANDING} and w.appointment = $1", appointment)
    return _waiting(row) if row else None


async def alike(tx: Transaction, patient: str, service: str) -> Waiting | None:
    """The patient's standing wish for a new visit of this type."""
    row = await tx.fetchrow(
        f"{_READ} where {_STANDING} and w.patient = $1 and w.service = $2 and w.appointment is null", patient, service
    )
    return _waiting(row) if row else None


async def set_state(tx: Transaction, waiting: UUID, state: str, at: datetime, booked: UUID | None = None) -> None:
    await tx.execute(
        "update scheduling.waiting set state = $2, booked = $3, changed_at = $4 where id = $1",
        waiting,
        state,
        booked,
        at,
    )


async def expire(tx: Transaction, zone: str, now: datetime) -> list[UUID]:
    """Ends wishes whose period is over at every place that would do, or whose visit has begun or will not be; whose
    they were. `zone` is that of virtual visits."""
    rows = await tx.fetch(
        """
        update scheduling.waiting w set state = 'expired', changed_at = $2
        where w.state = 'waiting' and (w.until_day < (
                select min(($2 at time zone case when w.channel = 'virtual' then $1 else l.zone end)::date)
                from scheduling.location l where w.location in ('', l.id))
            or exists (
                select from scheduling.appointment a where a.id = w.appointment
                and (a.starts <= $2 or a.status not in ('pending', 'booked')))) returning w.id
        """,
        zone,
        now,
    )
    return [row["id"] for row in rows]


async def candidates(tx: Transaction, slot: int, zone: str, limit: int, among: UUID | None = None) -> list[Waiting]:
    """Whom this time would suit, by priority, then age; not those who were offered it already.

    Days and parts of the day are those of its place's clock; for who waits for a virtual visit, of `zone`.
    """
    rows = await tx.fetch(
        f"""
        {_READ} join scheduling.slot s on s.id = $1 join scheduling.schedule c on c.id = s.schedule
        join scheduling.location sl on sl.id = s.location
        cross join lateral (
            select s.starts at time zone case when w.channel = 'virtual' then $2 else sl.zone end as wall
        ) t
        where w.state = 'waiting' and ($4::uuid is null or w.id = $4) and w.service = any (c.services)
          and (w.specialty = '' or w.specialty = c.specialty)
          and (w.practitioner = '' or w.practitioner = s.practitioner)
          and (w.location = '' or w.location = s.location)
          and w.from_day <= t.wall::date and (w.until_day is null or w.until_day >= t.wall::date)
          and (w.weekdays = '{{}}' or extract(isodow from t.wall)::int = any (w.weekdays))
          and (w.part = '' or w.part = case when extract(hour from t.wall) < 12 then 'morning'
                                            when extract(hour from t.wall) < 17 then 'afternoon' else 'evening' end)
          and (w.appointment is null or a.status in ('pending', 'booked') and a.starts > s.starts)
          and not exists (select from scheduling.offer o where o.waiting = w.id and o.slot = s.id)
          and not exists (select from scheduling.appointment b where b.patient = w.patient and b.starts < s.ends
              and b.ends > s.starts and b.id is distinct from w.appointment
              and b.status not in ('cancelled', 'noshow', 'entered-in-error'))
        order by {_ORDER} limit $3
        """,  # noqa: S608
        slot,
        zone,
        limit,
        among,
    )
    return [_waiting(row) for row in rows]


async def any_for(tx: Transaction, services: Collection[str]) -> bool:
    """Whether anybody waits for one of these services at all."""
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.waiting where state = 'waiting' and service = any ($1::text[]))",
            list(services),
        )
    )


async def policy(tx: Transaction) -> Policy:
    row = await tx.fetchrow("select offer_minutes, lead_minutes, automatic from scheduling.waiting_policy")
    assert row is not None
    return Policy(*row)


async def set_policy(tx: Transaction, one: Policy) -> None:
    await tx.execute(
        "update scheduling.waiting_policy set offer_minutes = $1, lead_minutes = $2, automatic = $3",
        one.offer_minutes,
        one.lead_minutes,
        one.automatic,
    )


def _waiting(row: Any) -> Waiting:
    return msgspec.convert(dict(row), Waiting)
