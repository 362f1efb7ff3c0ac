"""Every statement on series that are moved or cancelled as one in the system that keeps the calendars."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Words
from sportello.scheduling.codes import AppointmentStatus, Channel


class Part(Struct, frozen=True):
    """A visit of a series: when it stood, when it was to stand, and when it stands; `doubt` while that is not known."""

    visit: UUID
    was: datetime
    due: datetime
    starts: datetime
    status: AppointmentStatus
    doubt: bool
    zone: str

    @property
    def stands(self) -> str:
        """What became of it, in one word."""
        if self.doubt:
            return "doubt"
        if self.status is AppointmentStatus.CANCELLED:
            return "cancelled"
        if self.starts == self.was:
            return "stands"
        return "moved" if self.starts == self.due else "other"


class InPart(Struct, frozen=True):
    """A series of which some visits were moved or cancelled there, and others were not."""

    id: UUID
    what: str
    patient: str
    service: Words
    practitioner: str
    location: str
    parts: tuple[Part, ...]


_OPEN = "('sending', 'lost', 'made', 'undoing')"
# Of a change t: some visit to come is not as it was to be, while another one is, or is so there and not known here yet.
_IN_PART = f"""(
    exists (select from unnest(t.visits, t.was) v (visit, was) join scheduling.appointment a on a.id = v.visit
            where a.starts > $1 and a.starts = v.was and a.status in ('pending', 'booked'))
    and (exists (select from unnest(t.visits, t.due) v (visit, due) join scheduling.appointment a on a.id = v.visit
                 where case t.what when 'cancel' then a.status = 'cancelled'
                       else a.starts = v.due and a.status not in ('cancelled', 'entered-in-error') end)
         or exists (select from scheduling.elsewhere_order o where o.together = t.id and o.told is not null
                    and (o.state = 'stuck' or o.state in {_OPEN}))))"""  # noqa: S608


async def begin(
    tx: Transaction, known: UUID, what: str, patient: str, visits: Sequence[tuple[UUID, datetime, datetime]],
    at: datetime,
) -> None:  # fmt: skip
    await tx.execute(
        "insert into scheduling.elsewhere_series (id, what, patient, visits, was, due, at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        known, what, patient, [one[0] for one in visits], [one[1] for one in visits], [one[2] for one in visits], at,
    )  # fmt: skip


async def over(tx: Transaction, known: UUID) -> str | None:
    """It needs nobody any more; whose it was, when it was there at all."""
    found: str | None = await tx.fetchval(
        "delete from scheduling.elsewhere_series where id = $1 returning patient", known
    )
    return found


async def leave(tx: Transaction, known: UUID, now: datetime) -> bool:
    """Whether it is done in part; from then on a person is told of it."""
    return bool(
        await tx.fetchval(
            f"update scheduling.elsewhere_series t set left_at = coalesce(left_at, $1)"  # noqa: S608
            f" where t.id = $2 and {_IN_PART} returning true",
            now,
            known,
        )
    )


async def under_way(tx: Transaction, known: UUID) -> bool:
    """Whether something of it is not settled yet."""
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.elsewhere_series where id = $1) and exists"  # noqa: S608
            f" (select from scheduling.elsewhere_order o where o.together = $1 and o.state in {_OPEN})",
            known,
        )
    )


async def count(tx: Transaction, now: datetime) -> int:
    """How many are left to a person."""
    sql = f"select count(*) from scheduling.elsewhere_series t where left_at is not null and {_IN_PART}"  # noqa: S608
    return int(await tx.fetchval(sql, now))


async def in_part(tx: Transaction, now: datetime) -> list[InPart]:
    """Those that are left to a person, each with its visits as they stand now."""
    rows = await tx.fetch(
        f"""
        select t.id, t.what, a.patient, v.visit, v.was, v.due, a.starts, a.status, a.channel,
               coalesce(l.zone, '') as zone, sv.name as service, coalesce(p.name, '') as practitioner,
               coalesce(l.name, '') as location,
               exists (select from scheduling.elsewhere_order o where o.together = t.id and o.appointment = a.id
                       and (o.state = 'stuck' or o.state in {_OPEN})) as doubt
        from scheduling.elsewhere_series t
        cross join lateral unnest(t.visits, t.was, t.due) v (visit, was, due)
        join scheduling.appointment a on a.id = v.visit
        left join scheduling.service sv on sv.id = a.service
        left join scheduling.practitioner p on p.id = a.practitioner
        left join scheduling.location l on l.id = a.location
        where t.left_at is not null and {_IN_PART}
        order by t.at, t.id, v.was
        """,  # noqa: S608
        now,
    )
    found: dict[UUID, InPart] = {}
    for row in rows:
        zone = "" if row["channel"] == Channel.VIRTUAL else row["zone"]
        status = AppointmentStatus(row["status"])
        part = Part(row["visit"], row["was"], row["due"], row["starts"], status, row["doubt"], zone)
        service = Words(**(row["service"] or {"it": "", "en": ""}))
        new = InPart(row["id"], row["what"], row["patient"], service, row["practitioner"], row["location"], ())
        one = found.get(row["id"], new)
        found[one.id] = replace(one, parts=(*one.parts, part))
    return list(found.values())


async def forget(tx: Transaction, before: datetime) -> None:
    """Changes of long ago, whose visits are past."""
    await tx.execute(
        "delete from scheduling.elsewhere_series t where at < $1 and not exists (select from scheduling.appointment a"
        " where a.id = any (t.visits) and a.starts > $1)",
        before,
    )
