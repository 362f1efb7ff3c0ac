"""Answers to a visit: confirmed, declined, or another time wished, which waits for a person to decide."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import UnknownAppointment, cancel
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.events import CalendarChanged
from sportello.scheduling.rules import MOVABLE, IllegalMove
from sportello.scheduling.store import appointments, wishes


class Reply(StrEnum):
    """What somebody who takes part in a visit says to it."""

    YES = "confirmed"
    NO = "declined"
    UNSURE = "unsure"
    OTHER_TIME = "wished"


async def answered(
    house: House,
    tx: Transaction,
    actor: Actor,
    appointment: UUID,
    by: str,
    reply: Reply,
    starts: datetime | None = None,
    note: str = "",
) -> Appointment:
    """The visit as it stands then; IllegalMove when it is over. `by` is patient, practitioner or location."""
    one = await appointments.read(tx, appointment, lock=True)
    if one is None:
        raise UnknownAppointment
    if one.status not in MOVABLE:
        raise IllegalMove(f"{one.status} is answered no more")
    now = house.clock.now()
    await appointments.add_change(tx, one.id, reply, f"{actor.kind}:{actor.id}", now, note[:500])
    await audit.record(
        house, tx, actor, "appointment.answered", patient=one.patient, entity=f"appointment/{one.id}",
        detail={"by": by, "reply": reply, **({"starts": starts.isoformat()} if starts else {})},
    )  # fmt: skip
    if reply is Reply.NO and by == "patient":
        return await cancel(house, tx, actor, one.id, CancelReason.PATIENT, note)
    if reply is Reply.OTHER_TIME or reply is Reply.NO:
        await wishes.put(tx, one.id, by, starts if reply is Reply.OTHER_TIME else None, note, now)
    elif reply is Reply.YES:
        await wishes.settle_about(tx, one.id, "time")
    if one.practitioner:
        await house.news.announce(tx, CalendarChanged([one.practitioner]))
    return one


async def keep_as_it_is(house: House, tx: Transaction, actor: Actor, appointment: UUID) -> None:
    """A person decided that the visit stays; nothing happens when nothing was wished."""
    one = await appointments.read(tx, appointment, lock=True)
    if one is None:
        raise UnknownAppointment
    if await wishes.settle(tx, one.id):
        await appointments.add_change(tx, one.id, "kept", f"{actor.kind}:{actor.id}", house.clock.now())
        await audit.record(house, tx, actor, "appointment.kept", patient=one.patient, entity=f"appointment/{one.id}")
