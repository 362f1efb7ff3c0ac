"""What was answered to a visit: yes, no, or another time, as an AppointmentResponse of another system.

Yes is noted in the visit's history. A patient's no cancels the visit by the rules of the desk. Another time, and a
practitioner's no, wait for a person: nobody is moved by the system.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.fhir.door import values, writing
from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.visiting import Visit
from sportello.kit.database import Transaction
from sportello.scheduling import wishing
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.door_refusals import refusing
from sportello.scheduling.store import appointments, slots
from sportello.scheduling.wishing import Reply

_KIND = "AppointmentResponse"
_SAID = {"accepted": Reply.YES, "declined": Reply.NO, "tentative": Reply.UNSURE, "needs-action": Reply.UNSURE}


async def respond(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Keeps the answer and does what follows from it; both or neither."""
    visit.needs(_KIND, "c")
    visit.may_act("Appointment", "u")
    body = writing.checked(_KIND, asks.body)
    one = await _visit(tx, body)
    alone = await slots.stand_ins(tx, [one.practitioner or ""])
    by = _by(body, one, alone.get(one.practitioner or "", f"Practitioner/{one.practitioner}"))
    reply = _SAID.get(body.get("participantStatus", ""))
    if reply is None:
        raise Refusal(422, Issue("value", f"expected one of {', '.join(_SAID)}", f"{_KIND}.participantStatus"))
    starts = _instant(body)
    if starts and starts != one.starts:
        reply = Reply.OTHER_TIME
    comment = body.get("comment", "")
    if not isinstance(comment, str) or len(comment) > 2000:
        raise Refusal(422, Issue("value", "expected a text of at most 2,000 characters", f"{_KIND}.comment"))
    with refusing():
        await wishing.answered(visit.house, tx, visit.actor, one.id, by, reply, starts, comment.strip())
    return await writing.create(visit, tx, asks)


async def _visit(tx: Transaction, body: dict[str, Any]) -> Appointment:
    told = body.get("appointment")
    reference = told.get("reference", "") if isinstance(told, dict) else ""
    try:
        known = UUID(str(reference).removeprefix("Appointment/"))
    except ValueError:
        known = None
    one = await appointments.read(tx, known, lock=True) if known else None
    if one is None:
        raise Refusal(422, Issue("not-found", "expected an Appointment of this house", f"{_KIND}.appointment"))
    return one


def _by(body: dict[str, Any], one: Appointment, whose: str) -> str:
    told = body.get("actor")
    reference = told.get("reference", "") if isinstance(told, dict) else ""
    known = {f"Patient/{one.patient}": "patient", f"Location/{one.location}": "location",
             whose: "practitioner"}  # fmt: skip
    if reference not in known:
        raise Refusal(422, Issue("business-rule", "expected one who takes part in the visit", f"{_KIND}.actor"))
    return known[reference]


def _instant(body: dict[str, Any]) -> datetime | None:
    if "start" not in body:
        return None
    try:
        return values.date(str(body["start"])).start
    except ValueError as error:
        raise Refusal(422, Issue("value", str(error), f"{_KIND}.start")) from error
