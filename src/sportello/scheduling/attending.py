"""What becomes of a visit on its day: the patient arrives, is checked in, was seen, or did not come."""

from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import UnknownAppointment
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.events import AppointmentAttended, CalendarChanged, SlotsFreed
from sportello.scheduling.rules import KEEPS_ITS_SLOT, IllegalMove, may_attend, moved
from sportello.scheduling.seats import settle
from sportello.scheduling.store import appointments, claims, slots


async def attend(house: House, tx: Transaction, actor: Actor, appointment: UUID, to: AppointmentStatus) -> Appointment:
    """The visit in its new status; asked twice it stays. IllegalMove when it cannot be so, or not yet.

    Somebody who did not come gives their time back, for what is left of it.
    """
    now = house.clock.now()
    one = await appointments.read(tx, appointment, lock=True)
    if one is None:
        raise UnknownAppointment
    if one.status is to:
        return one
    moved(one.status, to)
    if not may_attend(to, one.starts, now):
        raise IllegalMove(f"{to} before its time")
    if to not in KEEPS_ITS_SLOT:
        left = await slots.whole(tx, [one.slot] if one.slot else [])
        await claims.lock_for(tx, left)
        await claims.drop_claims(tx, one.id)
        await settle(tx, *left)
        await house.news.announce(tx, SlotsFreed([slot.id for slot in left], "noshow"))
    await appointments.set_status(tx, one.id, to, now)
    await appointments.add_change(tx, one.id, to, f"{actor.kind}:{actor.id}", now)
    await audit.record(
        house, tx, actor, "appointment.attended", patient=one.patient, entity=f"appointment/{one.id}",
        detail={"status": to},
    )  # fmt: skip
    await house.news.announce(tx, AppointmentAttended(one.id, one.patient, one.status, to))
    if one.practitioner:
        await house.news.announce(tx, CalendarChanged([one.practitioner]))
    return msgspec.structs.replace(one, status=to)
