"""Finding, holding, booking, moving and cancelling visits at the FHIR door, by the rules of the desk.

The shapes are those of Argonaut Scheduling and of IHE ITI Scheduling (ITI-115 to ITI-117) where they have one; a
visit's channel, for which R4 has no element, travels in the extension `urn:sportello:channel`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sportello.fhir.door import values
from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter
from sportello.fhir.door.questions import Answer, Question, of_resource
from sportello.fhir.door.rendering import bundle, entry, stamp, whole
from sportello.fhir.door.visiting import Visit
from sportello.fhir.store import finding
from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7
from sportello.scheduling import booking, cancelling, holding, moving
from sportello.scheduling.booking import Booking, PatientBusy
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.door_requests import appointment, given, logical_id, own_id, slot_number, text
from sportello.scheduling.moving import CannotMove, Move
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import slots
from sportello.scheduling.store.slots import Slot, Wanted

HELD = "urn:sportello:held-until"
MOST, USUAL = 200, 50
LONGEST = timedelta(days=400)
Operation = Callable[[Visit, Transaction, Question], Awaitable[Answer]]


async def find(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Free times as proposed Appointments, soonest first; `visit-type` is a HealthcareService's id."""
    visit.may_act("Slot", "s")
    told = given(asks)
    service = logical_id(text(told, "visit-type"), "HealthcareService")
    if not service:
        raise bad_parameter("visit-type", "say which service, by the id of a HealthcareService")
    since, until = _stretch(visit, text(told, "start"), text(told, "end"))
    number = text(told, "_count") or str(USUAL)
    if not number.isdecimal() or not 0 < int(number[:6]) <= MOST:
        raise bad_parameter("_count", f"expected a number up to {MOST}")
    wanted = Wanted(
        service, text(told, "specialty"), logical_id(text(told, "practitioner"), "Practitioner"),
        logical_id(text(told, "location-reference"), "Location"),
    )  # fmt: skip
    calendars = await slots.schedules(tx, wanted)
    zone = visit.house.settings.clinic.zone
    found = await slots.free(tx, calendars, since, until, (0, 24), zone, int(number)) if calendars else []
    entries = [{"resource": _proposed(one, service), "search": {"mode": "match"}} for one in found]
    return Answer(200, bundle("searchset", entries, total=len(entries)))


def _stretch(visit: Visit, start: str, end: str) -> tuple[datetime, datetime]:
    try:
        since = values.date(start).start if start else visit.now
        until = values.date(end).end if end else since + timedelta(days=90)
    except ValueError as error:
        raise bad_parameter("start", str(error)) from error
    since = max(since, visit.now + timedelta(minutes=1))
    return since, min(until, since + LONGEST)


def _proposed(slot: Slot, service: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "status": "proposed",
        "serviceType": [{"coding": [{"system": "urn:sportello:service", "code": service}]}],
        "start": stamp(slot.starts),
        "end": stamp(slot.ends),
        "slot": [{"reference": f"Slot/{slot.id}"}],
        "participant": [
            {"actor": {"reference": f"Practitioner/{slot.practitioner}", "display": slot.practitioner_name},
             "status": "needs-action"},
            {"actor": {"reference": f"Location/{slot.location}", "display": slot.location_name},
             "status": "needs-action"},
        ],
    }  # fmt: skip


async def hold(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Keeps a time for a proposed Appointment; its answer's id is what `$book` uses the hold up by."""
    visit.may_act("Appointment", "c")
    told = given(asks)
    wanted = appointment(told)
    token = uuid7()
    with _refusing():
        kept = await holding.hold(
            visit.house, tx, f"fhir:{token}", wanted.slot, Wanted(wanted.service), f"machine:{visit.actor.id}"
        )
    held = told["appt-resource"] | {"id": str(token), "status": "pending", "start": stamp(kept.starts)}
    held |= {"end": stamp(kept.ends)}
    held["extension"] = [
        *(one for one in held.get("extension", []) if isinstance(one, dict) and one.get("url") != HELD),
        {"url": HELD, "valueInstant": stamp(kept.expires_at)},
    ]
    return Answer(200, bundle("searchset", [{"resource": held}], total=1))


async def book(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Books a proposed or held Appointment; refused with 409 when its time, or the patient, is taken."""
    visit.may_act("Appointment", "c")
    told = given(asks)
    wanted = appointment(told)
    if not wanted.reason:
        raise Refusal(422, Issue("required", "the reason of the visit is required", "Appointment.description"))
    if await finding.read(tx, "Patient", wanted.patient, visit.limits) is None:
        raise Refusal(422, Issue("not-found", f"Patient/{wanted.patient[:64]} is not known", "Appointment.participant"))
    with _refusing():
        made = await booking.book(
            visit.house, tx, visit.actor, Booking(
                wanted.patient, wanted.slot, Wanted(wanted.service), wanted.channel or Channel.IN_PERSON, wanted.reason,
                wanted.details, owner=_owner(text(told, "appt-id")), referral=wanted.referral[:40],
            ),
        )  # fmt: skip
    return await _told(visit, tx, made.id, 201)


def _owner(told: str) -> str | None:
    try:
        return f"fhir:{UUID(logical_id(told, 'Appointment'))}" if told else None
    except ValueError:
        raise bad_parameter("appt-id", "expected the id that $hold answered") from None


async def reschedule(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Moves an Appointment to the parameter `slot`, same person, place and service unless `anywhere` is true."""
    visit.may_act("Appointment", "u")
    told = given(asks)
    number = slot_number(text(told, "slot"))
    change = Move(
        own_id(asks), number, text(told, "reason")[:500], text(told, "comment"), anywhere=told.get("anywhere") is True
    )
    with _refusing():
        made = await moving.move(visit.house, tx, visit.actor, change)
    return await _told(visit, tx, made.id)


async def cancel(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Cancels an Appointment; `reason` is a code of R4's appointment-cancellation-reason (pat, prov, maint, ...)."""
    visit.may_act("Appointment", "u")
    told = given(asks)
    code = text(told, "reason") or CancelReason.OTHER.value
    if code not in list(CancelReason):
        raise bad_parameter("reason", f"expected one of {', '.join(CancelReason)}")
    with _refusing():
        made = await cancelling.cancel(
            visit.house, tx, visit.actor, own_id(asks), CancelReason(code), text(told, "comment")
        )
    return await _told(visit, tx, made.id)


async def _told(visit: Visit, tx: Transaction, made: UUID, status: int = 200) -> Answer:
    found = await finding.read(tx, "Appointment", str(made), visit.limits)
    assert found is not None, "just written"
    if status == 201:
        told = Answer(201, bundle("searchset", [entry(visit.base, found, whole(found), "match")], total=1))
        return Answer(201, told.body, location=f"{visit.base}/Appointment/{made}")
    return of_resource(found)


class _refusing:  # noqa: N801  reads as what it does
    """What scheduling refuses, in FHIR's words."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case SlotTaken():
                raise Refusal(409, Issue("conflict", "the time is not free, or does not offer this service"))
            case PatientBusy():
                raise Refusal(409, Issue("conflict", "the patient has another visit at that time"))
            case CannotMove():
                raise Refusal(409, Issue("business-rule", "this appointment cannot be moved"))
            case IllegalMove():
                raise Refusal(409, Issue("business-rule", "the appointment is over, or cancelled already"))
            case cancelling.UnknownAppointment():
                raise Refusal(404, Issue("not-found", "this appointment is not known"))


OPERATIONS: dict[tuple[str, ...], Operation] = {
    ("Appointment", "$find"): find,
    ("Appointment", "$hold"): hold,
    ("Appointment", "$book"): book,
    ("Appointment", "*", "$reschedule"): reschedule,
    ("Appointment", "*", "$cancel"): cancel,
}
