"""Breaking the glass: who may not see sensitive parts may open them for a while, with a reason that supervisors and
the patient read afterwards.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.record import store

LASTS = timedelta(minutes=30)
SHORTEST, LONGEST = 10, 300
TOO_SHORT = N_("Say in a few words why: at least 10 characters, at most 300.")


class NoReason(ValueError):
    """The reason is missing, too short to mean anything, or too long."""


class Opening(Struct, frozen=True):
    """Sensitive parts stand open for a reader until then, for this reason."""

    reason: str
    until: datetime


async def opening(house: House, tx: Transaction, actor: Actor, patient_id: str) -> Opening | None:
    """What this member of staff has opened and not closed; None also for those who need no opening."""
    if actor.kind != "staff" or actor.may(Permission.PATIENT_READ_SENSITIVE):
        return None
    row = await store.current_opening(tx, actor.id, patient_id, house.clock.now())
    return Opening(row["reason"], row["until"]) if row else None


async def break_glass(house: House, tx: Transaction, actor: Actor, patient_id: str, reason: str) -> Opening:
    """Opens the sensitive parts for half an hour; raises NoReason. The caller has made sure of the patient."""
    reason = " ".join(reason.replace("\0", "").split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise NoReason
    now = house.clock.now()
    made = Opening(reason, now + LASTS)
    await store.add_opening(tx, uuid7(), actor.id, patient_id, reason, now, made.until)
    detail = {"reason": reason, "until": made.until}
    await audit.record(house, tx, actor, "patient.glass_broken", patient=patient_id, detail=detail)
    body = {"name": actor.name, "patient": patient_id}
    for supervisor in await administration.staff_with(tx, Permission.SUPERVISE):
        if str(supervisor) != actor.id:
            await house.streams.append(tx, f"desk:{supervisor}", "glass", body, audience="staff")
    return made


async def close_again(house: House, tx: Transaction, actor: Actor, patient_id: str) -> None:
    """Ends the reader's openings of this record before their time."""
    await store.end_openings(tx, actor.id, patient_id, house.clock.now())
    await audit.record(house, tx, actor, "patient.glass_closed", patient=patient_id)
