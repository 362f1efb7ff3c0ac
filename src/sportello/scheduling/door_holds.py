"""Times kept for other systems: `$hold` (Argonaut Scheduling, IHE ITI-116), and giving them back.

A hold belongs to the system that took it; its id lets `$book` use it up, with the Appointment it was asked for.
"""

from typing import Any
from uuid import UUID

from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.rendering import bundle, stamp
from sportello.fhir.door.visiting import Visit
from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7
from sportello.scheduling import holding, prerequisites
from sportello.scheduling.door_refusals import refusing
from sportello.scheduling.door_requests import appointment, given, logical_id, proposed, text
from sportello.scheduling.prerequisites import When
from sportello.scheduling.store import claims, slots
from sportello.scheduling.store.slots import Wanted

HELD = "urn:sportello:held-until"


async def hold(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Keeps a time for a proposed Appointment, longer with the hold's id; with `slot-status` free gives it back."""
    visit.may_act("Appointment", "c")
    told = given(asks)
    if (wish := text(told, "slot-status")) not in ("", "busy-tentative", "free"):
        raise bad_parameter("slot-status", "expected busy-tentative, or free to give a time back")
    if wish == "free":
        return await _released(visit, tx, told)
    body = proposed(told)
    wanted = appointment(body)
    again = hold_id(text(told, "appt-id")) if told.get("appt-resource") else None
    token = again if again and await asked_of(visit, tx, again) else uuid7()
    house, what = visit.house, Wanted(wanted.service)
    with refusing():
        if found := await slots.offered(tx, wanted.slot, what):
            await prerequisites.keep_order(
                house, tx, wanted.patient, wanted.service, When(found.starts, found.wall, wanted.channel)
            )
        kept = await holding.hold(
            house, tx, owner_of(token), wanted.slot, what, _taker(visit), patient=wanted.patient
        )  # the same time again renews it
    held = body | {"id": str(token), "status": "pending", "start": stamp(kept.starts), "end": stamp(kept.ends)}
    held["extension"] = [
        *(one for one in held.get("extension", []) if isinstance(one, dict) and one.get("url") != HELD),
        {"url": HELD, "valueInstant": stamp(kept.expires_at)},
    ]
    await claims.keep_asked(tx, kept.owner, body)
    return Answer(200, bundle("searchset", [{"resource": held}], total=1))


async def _released(visit: Visit, tx: Transaction, told: dict[str, Any]) -> Answer:
    token = hold_id(text(told, "appt-id"))
    if token is None:
        raise bad_parameter("appt-id", "expected the id that $hold answered")
    body = await asked_of(visit, tx, token)
    await holding.release(visit.house, tx, owner_of(token))
    gone = [{"resource": body | {"id": str(token), "status": "cancelled"}}] if body else []
    return Answer(200, bundle("searchset", gone, total=len(gone)))


async def asked_of(visit: Visit, tx: Transaction, token: UUID) -> dict[str, Any] | None:
    """What a hold was asked for; None when it is over. Refuses whoever did not take it."""
    taken_by, asked = await claims.asked_of(tx, owner_of(token))
    if taken_by and taken_by != _taker(visit):
        raise Refusal(403, Issue("forbidden", "the time is held by another system", detail="held-by-another"))
    return asked


def hold_id(told: str) -> UUID | None:
    """The id of a hold, when it is one."""
    try:
        return UUID(logical_id(told, "Appointment"))
    except ValueError:
        return None


def owner_of(token: UUID) -> str:
    """The name under which a time is held."""
    return f"fhir:{token}"


def _taker(visit: Visit) -> str:
    return f"machine:{visit.actor.id}"
