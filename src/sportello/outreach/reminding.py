"""Reminders: one job for each visit, due at its next time before; it follows a move and ends with a cancellation.

The job's key is the visit, so a move replaces it; the log's key is visit, change and time before, so that none comes
twice. What was due before a visit was booked is not sent afterwards.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.outreach import sending
from sportello.outreach.invitation import zone_of
from sportello.outreach.rules import next_due
from sportello.outreach.store import Message, terms
from sportello.outreach.store.terms import Terms
from sportello.record import reading as record
from sportello.record.access import UnknownPatient
from sportello.record.header import PatientHeader
from sportello.scheduling import reading
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.events import AppointmentAttended, AppointmentBooked, AppointmentCancelled, AppointmentMoved

_PAGE = 500
# A FHIR Consent tells what it is about in words; one that refuses reminders is found by these.
_ABOUT_REMINDERS = ("promemoria", "reminder")


async def on_booked(house: House, tx: Transaction, event: AppointmentBooked | AppointmentMoved) -> None:
    """The visit is certain, or has another time."""
    one = await reading.appointment(tx, event.appointment)
    if one:
        await plan(house, tx, one, await terms.read(tx))


async def on_over(house: House, tx: Transaction, event: AppointmentCancelled | AppointmentAttended) -> None:
    """Nobody is reminded of a visit that is off, or that they have come to."""
    await house.jobs.cancel(tx, _key(event.appointment))


async def plan(house: House, tx: Transaction, one: Appointment, held: Terms) -> None:
    """The next reminder of a visit; none when it is past, off, or none is wanted any more."""
    now = house.clock.now()
    due = None
    if one.starts and one.status is AppointmentStatus.BOOKED:
        quiet, zone = (held.quiet_from, held.quiet_until), zone_of(one, house.settings)
        due = next_due(one.starts, held.reminders_of(one.service), zone, quiet, now)
    if due is None:
        await house.jobs.cancel(tx, _key(one.id))
        return
    at, window = due
    payload = {"appointment": str(one.id), "sequence": one.sequence, "window": window}
    await house.jobs.enqueue(tx, "outreach.remind", payload, run_at=at, dedupe_key=_key(one.id))


@job("outreach.remind")
async def remind(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Writes the reminder, if it is still true and wanted, and plans the next one."""
    one, now = await reading.appointment(tx, UUID(payload["appointment"])), house.clock.now()
    if one is None or one.status is not AppointmentStatus.BOOKED or one.sequence != payload["sequence"]:
        return
    assert one.starts is not None
    if one.starts > now:
        await _write(house, tx, one, payload["window"], now)
    await plan(house, tx, one, await terms.read(tx))


async def _write(house: House, tx: Transaction, one: Appointment, window: str, now: datetime) -> None:
    wishes = await terms.wishes(tx, one.patient)
    try:
        header = await record.patient_header(house, tx, SYSTEM, one.patient)
    except UnknownPatient:
        return
    if not wishes.reminders or not header.email or not may_remind(header):
        return
    languages = house.settings.clinic.languages
    language = wishes.language or (header.language if header.language in languages else None) or languages[0]
    await sending.post(
        house, tx, Message(
            id=uuid7(), appointment=one.id, patient=one.patient, sequence=one.sequence, kind="reminder", part=window,
            recipient=header.email, language=language, not_after=one.starts, created_at=now,
        ),
    )  # fmt: skip


def may_remind(header: PatientHeader) -> bool:
    """Not the dead, not those whose record is closed, not those who refused it in a consent."""
    refused = any(
        one.given is False and any(word in one.text.lower() for word in _ABOUT_REMINDERS) for one in header.consents
    )
    return header.active and not header.deceased and not refused


@job("outreach.plan_anew")
async def plan_anew(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Other terms hold: every visit ahead gets its next reminder by them, page after page."""
    held, after = await terms.read(tx), UUID(payload["after"])
    found = await reading.ahead(tx, house.clock.now(), after, _PAGE)
    for one in found:
        await plan(house, tx, one, held)
    if len(found) == _PAGE:
        await begin_anew(house, tx, found[-1].id)


async def begin_anew(house: House, tx: Transaction, after: UUID | None = None) -> None:
    await house.jobs.enqueue(
        tx, "outreach.plan_anew", {"after": str(after or UUID(int=0))}, dedupe_key=f"plan_anew:{after or 'first'}"
    )


def _key(appointment: UUID) -> str:
    return f"remind:{appointment}"
