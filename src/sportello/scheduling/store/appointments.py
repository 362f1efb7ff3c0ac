"""Appointments and what happened to them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.store.slots import Slot


class Change(Struct, frozen=True):
    """A line of an appointment's history."""

    at: datetime
    by: str
    what: str
    status: str
    starts: datetime | None
    note: str


READ = """
    select a.id, a.status, a.patient, a.practitioner, p.name as practitioner_name, a.specialty,
           sp.name as specialty_name, a.service, sv.name as service_name, sv.preparation,
           sv.referral_required, a.location,
           l.name as location_name, l.address, l.town, l.postal_code, l.phone as location_phone, l.zone,
           l.holidays, coalesce((select t.saturday from scheduling.terms t), true) as saturday, a.meeting_maker,
           a.channel, a.slot, a.starts, a.ends, a.reason, a.details, a.sequence, a.meeting_link, a.link_tries,
           a.link_failed_at, a.cancel_reason, a.conversation, a.confirm_to, a.overbooked,
           sv.notice_hours, sv.notice_days, sv.limits as service_limits, sv.kind as service_kind,
           a.referral, a.priority, a.referred_on, a.series, coalesce(a.remote, '') as remote,
           coalesce(x.kind, '') as alone
    from scheduling.appointment a
    left join scheduling.practitioner p on p.id = a.practitioner
    left join scheduling.specialty sp on sp.id = a.specialty
    left join scheduling.service sv on sv.id = a.service
    left join scheduling.location l on l.id = a.location
    left join scheduling.resource x on x.id = p.resource
"""


async def read(tx: Transaction, appointment: UUID, *, lock: bool = False) -> Appointment | None:
    """The appointment with its names; `lock` keeps others from changing it."""
    row = await tx.fetchrow(f"{READ} where a.id = $1{' for update of a' if lock else ''}", appointment)
    return _appointment(row) if row else None


async def of_patient(tx: Transaction, patient: str, since: datetime) -> list[Appointment]:
    """Appointments that end after `since`, also cancelled ones, the next first."""
    rows = await tx.fetch(f"{READ} where a.patient = $1 and a.ends > $2 order by a.starts", patient, since)
    return [_appointment(row) for row in rows]


async def ahead(tx: Transaction, now: datetime, after: UUID, at_most: int) -> list[Appointment]:
    """Visits to come that stand, by id behind `after`."""
    rows = await tx.fetch(
        f"{READ} where a.starts > $1 and a.id > $2 and a.status = 'booked' order by a.id limit $3", now, after, at_most
    )
    return [_appointment(row) for row in rows]


async def unattended(tx: Transaction, since: datetime, until: datetime) -> list[Appointment]:
    """Visits that ended in this time and of whose patient nothing was said."""
    rows = await tx.fetch(
        f"{READ} where a.ends > $1 and a.ends <= $2 and a.status = 'booked' order by a.starts", since, until
    )
    return [_appointment(row) for row in rows]


async def before(tx: Transaction, patient: str, moment: datetime | None, limit: int) -> list[Appointment]:
    """All appointments that begin before a moment, the latest first."""
    rows = await tx.fetch(
        f"{READ} where a.patient = $1 and a.starts is not null and ($2::timestamptz is null or a.starts < $2)"
        " order by a.starts desc limit $3",
        patient,
        moment,
        limit,
    )
    return [_appointment(row) for row in rows]


async def ids_of_patient(tx: Transaction, patient: str) -> list[UUID]:
    """Every appointment, also those without a time."""
    rows = await tx.fetch("select id from scheduling.appointment where patient = $1 order by created_at", patient)
    return [row["id"] for row in rows]


async def of_series(tx: Transaction, series: UUID) -> list[Appointment]:
    """The visits of a series, the first first."""
    rows = await tx.fetch(f"{READ} where a.series = $1 order by a.starts", series)
    return [_appointment(row) for row in rows]


async def overlapping(
    tx: Transaction, patient: str, starts: datetime, ends: datetime, *, but: UUID | None
) -> Appointment | None:
    """What else the patient already has at that time."""
    row = await tx.fetchrow(
        f"{READ} where a.patient = $1 and a.starts < $3 and a.ends > $2 and a.id is distinct from $4"
        " and a.status not in ('cancelled', 'noshow', 'entered-in-error') order by a.starts limit 1",
        patient,
        starts,
        ends,
        but,
    )
    return _appointment(row) if row else None


async def add(tx: Transaction, one: Appointment, by: str, at: datetime) -> None:
    await tx.execute(
        "insert into scheduling.appointment (id, status, patient, practitioner, specialty, service, location, channel,"
        " slot, starts, ends, reason, details, conversation, created_by, created_at, changed_at, overbooked,"
        " referral, priority, referred_on, series)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19, $20, $21)",
        one.id, one.status, one.patient, one.practitioner, one.specialty, one.service, one.location, one.channel,
        one.slot, one.starts, one.ends, one.reason, one.details, one.conversation, by, at, one.overbooked,
        one.referral, one.priority, one.referred_on, one.series,
    )  # fmt: skip


async def rebook(
    tx: Transaction,
    appointment: UUID,
    status: AppointmentStatus,
    slot: Slot,
    at: datetime,
    *,
    overbooked: str = "",
) -> int:
    """Another time, and its person and place; the new sequence number."""
    return int(
        await tx.fetchval(
            "update scheduling.appointment a set status = $2, slot = $3, starts = s.starts, ends = s.ends,"
            " practitioner = s.practitioner, location = s.location, specialty = c.specialty, changed_at = $4,"
            " sequence = sequence + 1, link_tries = 0, link_failed_at = null, confirm_to = null, overbooked = $5"
            " from scheduling.slot s join scheduling.schedule c on c.id = s.schedule"
            " where a.id = $1 and s.id = $3 returning a.sequence",
            appointment,
            status,
            slot.id,
            at,
            overbooked,
        )
    )


async def set_status(tx: Transaction, appointment: UUID, status: AppointmentStatus, at: datetime) -> None:
    await tx.execute(
        "update scheduling.appointment set status = $2, changed_at = $3 where id = $1", appointment, status, at
    )


async def of_slots(tx: Transaction, slots: Collection[int]) -> list[Appointment]:
    """Whoever has a seat in these slots, in the order they were booked."""
    rows = await tx.fetch(
        f"{READ} where a.slot = any ($1::bigint[]) and a.status not in ('cancelled', 'noshow', 'entered-in-error')"
        " order by a.created_at",
        list(slots),
    )
    return [_appointment(row) for row in rows]


async def changes(tx: Transaction, appointment: UUID) -> list[Change]:
    """What happened to it, the first first."""
    rows = await tx.fetch(
        "select at, by, what, status, starts, note from scheduling.appointment_change where appointment = $1"
        " order by number",
        appointment,
    )
    return [Change(*row) for row in rows]


async def put_words(tx: Transaction, appointment: UUID, reason: str, details: str) -> None:
    await tx.execute(
        "update scheduling.appointment set reason = $2, details = $3 where id = $1", appointment, reason, details
    )


async def cancel(tx: Transaction, appointment: UUID, reason: CancelReason, at: datetime, *, late: bool) -> int:
    """Ends it; the new sequence number. Its slot stays named, its claims are the caller's to drop."""
    return int(
        await tx.fetchval(
            "update scheduling.appointment set status = 'cancelled', cancel_reason = $2, changed_at = $3,"
            " sequence = sequence + 1, confirm_to = null, late = $4 where id = $1 returning sequence",
            appointment,
            reason,
            at,
            late,
        )
    )


async def link_failed(tx: Transaction, appointment: UUID, given_up_at: datetime | None) -> None:
    """Counts a failed try; `given_up_at` makes it a person's turn."""
    await tx.execute(
        "update scheduling.appointment set link_tries = link_tries + 1, link_failed_at = $2 where id = $1",
        appointment,
        given_up_at,
    )


async def reset_link(tx: Transaction, appointment: UUID) -> None:
    await tx.execute(
        "update scheduling.appointment set link_tries = 0, link_failed_at = null where id = $1", appointment
    )


async def want_confirmation(tx: Transaction, appointment: UUID, to: str | None) -> None:
    await tx.execute("update scheduling.appointment set confirm_to = $2 where id = $1", appointment, to)


async def add_change(tx: Transaction, appointment: UUID, what: str, by: str, at: datetime, note: str = "") -> None:
    """A line of the appointment's history, with the state it now has."""
    await tx.execute(
        "insert into scheduling.appointment_change (appointment, at, by, what, status, starts, slot, note)"
        " select id, $2, $3, $4, status, starts, slot, $5 from scheduling.appointment where id = $1",
        appointment,
        at,
        by,
        what,
        note,
    )


def _appointment(row: Any) -> Appointment:
    return msgspec.convert(dict(row), Appointment)
