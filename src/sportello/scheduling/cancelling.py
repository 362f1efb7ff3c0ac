"""Cancels a visit: its time is free again at once, for everybody."""

from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import elsewhere_orders
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.events import AppointmentCancelled, SlotsFreed
from sportello.scheduling.rules import moved
from sportello.scheduling.seats import settle
from sportello.scheduling.store import appointments, claims, schedules, slots, wishes


class UnknownAppointment(Exception):
    """There is no such appointment."""


async def cancel(
    house: House, tx: Transaction, actor: Actor, appointment: UUID, reason: CancelReason, note: str = ""
) -> Appointment:
    """The cancelled appointment; IllegalMove when it is over, or cancelled already.

    NotReached, and nothing has changed, where another system keeps the calendar and does not answer.
    """
    now = house.clock.now()
    one = await appointments.read(tx, appointment, lock=True)
    if one is None:
        raise UnknownAppointment
    moved(one.status, AppointmentStatus.CANCELLED)
    left = await slots.whole(tx, [one.slot] if one.slot else [])
    await claims.lock_for(tx, left)
    await claims.drop_claims(tx, one.id)
    await settle(tx, *left)
    late = reason.by_patient and one.late(now)
    sequence = await appointments.cancel(tx, one.id, reason, now, late=late)
    await wishes.settle(tx, one.id)
    await house.jobs.cancel(tx, f"link:{one.id}")
    await appointments.add_change(tx, one.id, "cancelled", f"{actor.kind}:{actor.id}", now, note)
    await audit.record(
        house, tx, actor, "appointment.cancelled", patient=one.patient, entity=f"appointment/{one.id}",
        detail={"reason": reason, "late": late},
    )  # fmt: skip
    if one.remote and await elsewhere_orders.cancel(house, tx, one, reason, note) is False:
        await schedules.withdraw(tx, [slot.id for slot in left])  # some systems keep the time of what was cancelled
        left = []
    if one.starts:
        await house.news.announce(tx, AppointmentCancelled(one.id, one.patient, one.starts, sequence))
    await house.news.announce(tx, SlotsFreed([slot.id for slot in left], "cancelled"))
    return msgspec.structs.replace(
        one, status=AppointmentStatus.CANCELLED, cancel_reason=reason, sequence=sequence, confirm_to=None
    )
