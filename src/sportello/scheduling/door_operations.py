"""Booking, moving and cancelling visits at the FHIR door, by the rules of the desk.

The shapes are those of Argonaut Scheduling and of IHE ITI Scheduling (ITI-117: `$book` also modifies and cancels) where
they have one; a visit's channel, for which R4 has no element, travels in the extension `urn:sportello:channel`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter
from sportello.fhir.door.questions import Answer, Question, of_resource
from sportello.fhir.door.rendering import bundle, entry, whole
from sportello.fhir.door.visiting import Visit
from sportello.fhir.store import finding
from sportello.kit.database import Transaction
from sportello.scheduling import booking, cancelling, moving
from sportello.scheduling.booking import Booking
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.door_answers import respond
from sportello.scheduling.door_finding import find
from sportello.scheduling.door_holds import asked_of, hold, hold_id, owner_of
from sportello.scheduling.door_refusals import refusing
from sportello.scheduling.door_requests import appointment, given, own_id, proposed, slot_number, slots_of, text
from sportello.scheduling.moving import Move
from sportello.scheduling.store import appointments
from sportello.scheduling.store.slots import Wanted

Operation = Callable[[Visit, Transaction, Question], Awaitable[Answer]]


async def book(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Books a proposed or held Appointment; refused with 409 when its time, or the patient, is taken.

    An Appointment that is booked already is moved to another slot, or, with the status cancelled, cancelled.
    """
    visit.may_act("Appointment", "c")
    told = given(asks)
    if known := await _standing(tx, told):
        return await _changed(visit, tx, known, told["appt-resource"], text(told, "comment"))
    token = hold_id(text(told, "appt-id"))
    if text(told, "appt-id") and token is None and told.get("appt-resource"):
        raise bad_parameter("appt-id", "expected the id that $hold answered")
    asked = await asked_of(visit, tx, token) if token else None
    body = proposed({"appt-resource": asked} | told if asked else told)
    wanted = appointment(body)
    if not (reason := wanted.reason or text(told, "reason")[:500]):
        raise Refusal(422, Issue("required", "the reason of the visit is required", "Appointment.description"))
    if await finding.read(tx, "Patient", wanted.patient, visit.limits) is None:
        raise Refusal(422, Issue("not-found", f"Patient/{wanted.patient[:64]} is not known", "Appointment.participant"))
    with refusing():
        made = await booking.book(
            visit.house, tx, visit.actor, Booking(
                wanted.patient, wanted.slot, Wanted(wanted.service), wanted.channel or Channel.IN_PERSON, reason,
                wanted.details or text(told, "comment"), owner=owner_of(token) if token else None,
                referral=wanted.referral[:40],
            ),
        )  # fmt: skip
    return await _bundled(visit, tx, made.id, 201)


async def _standing(tx: Transaction, told: Mapping[str, Any]) -> UUID | None:
    """The visit that the Appointment's own id names."""
    body = told.get("appt-resource")
    known = hold_id(str(body.get("id", ""))) if isinstance(body, dict) else None
    return known if known and await appointments.read(tx, known) else None


async def _changed(visit: Visit, tx: Transaction, known: UUID, body: dict[str, Any], note: str) -> Answer:
    visit.may_act("Appointment", "u")
    if body.get("status") == "cancelled":
        code = text(body, "cancelationReason") or CancelReason.OTHER.value
        # R4's codes have children, such as pat-crs; the house keeps the first part.
        if code not in list(CancelReason):  # a finer code than we keep: what stands above it
            code = next((one for one in CancelReason if code.startswith(f"{one}-")), CancelReason.OTHER)
        with refusing():
            await cancelling.cancel(visit.house, tx, visit.actor, known, CancelReason(code), note)
    else:
        one = await appointments.read(tx, known)
        (slot,) = slots_of(body)
        if one and one.slot != slot:
            with refusing():
                await moving.move(visit.house, tx, visit.actor, Move(known, slot, note, anywhere=True))
    return await _bundled(visit, tx, known, 200)


async def reschedule(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Moves an Appointment to the parameter `slot`, same person, place and service unless `anywhere` is true."""
    visit.may_act("Appointment", "u")
    told = given(asks)
    number = slot_number(text(told, "slot"))
    change = Move(
        own_id(asks), number, text(told, "reason")[:500], text(told, "comment"), anywhere=told.get("anywhere") is True
    )
    with refusing():
        made = await moving.move(visit.house, tx, visit.actor, change)
    return await _told(visit, tx, made.id)


async def cancel(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Cancels an Appointment; `reason` is a code of R4's appointment-cancellation-reason (pat, prov, maint, ...)."""
    visit.may_act("Appointment", "u")
    told = given(asks)
    code = text(told, "reason") or CancelReason.OTHER.value
    if code not in list(CancelReason):
        raise bad_parameter("reason", f"expected one of {', '.join(CancelReason)}")
    with refusing():
        made = await cancelling.cancel(
            visit.house, tx, visit.actor, own_id(asks), CancelReason(code), text(told, "comment")
        )
    return await _told(visit, tx, made.id)


async def _told(visit: Visit, tx: Transaction, made: UUID) -> Answer:
    found = await finding.read(tx, "Appointment", str(made), visit.limits)
    assert found is not None, "just written"
    return of_resource(found)


async def _bundled(visit: Visit, tx: Transaction, made: UUID, status: int) -> Answer:
    found = await finding.read(tx, "Appointment", str(made), visit.limits)
    assert found is not None, "just written"
    told = bundle("searchset", [entry(visit.base, found, whole(found), "match")], total=1)
    return Answer(status, told, location=f"{visit.base}/Appointment/{made}")


OPERATIONS: dict[tuple[str, ...], Operation] = {
    ("Appointment", "$find"): find,
    ("Appointment", "$hold"): hold,
    ("Appointment", "$book"): book,
    ("Appointment", "*", "$reschedule"): reschedule,
    ("Appointment", "*", "$cancel"): cancel,
    ("AppointmentResponse",): respond,
}
