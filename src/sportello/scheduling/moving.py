"""Moves a visit to another time of the same person, place and channel: if that fails, the old one stands."""

from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import elsewhere_orders, prerequisites
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import announce, take
from sportello.scheduling.booking_port import NoOverbooking
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.events import AppointmentMoved, SlotsFreed
from sportello.scheduling.holding import clear, lock, release
from sportello.scheduling.prerequisites import When
from sportello.scheduling.rules import NOT_MOVABLE, moved, why_not_movable
from sportello.scheduling.seats import SlotTaken, settle
from sportello.scheduling.store import appointments, claims, slots, wishes
from sportello.scheduling.store.slots import Wanted


class CannotMove(Exception):
    """The appointment may not be moved; the message id says why."""


class Move(Struct, frozen=True):
    """Where to; `note` is why, as the patient said it; `anywhere` also to another person or place, on purpose;
    `overbook` is why it goes to a time that is taken; `again` lets it be its own time, which has another
    length now.
    """

    appointment: UUID
    slot: int
    note: str = ""
    details: str = ""
    owner: str | None = None
    anywhere: bool = False
    overbook: str = ""
    again: bool = False


def wanted_for(one: Appointment, *, anywhere: bool = False) -> Wanted:
    """The filter that keeps person, place and service as they are; with `anywhere` the service alone."""
    if (why := why_not_movable(one.movable)) or not one.service:
        raise CannotMove(why or NOT_MOVABLE)
    if anywhere:
        return Wanted(one.service)
    return Wanted(one.service, practitioner=one.practitioner or "", location=one.location or "")


async def move(house: House, tx: Transaction, actor: Actor, change: Move) -> Appointment:
    """The appointment at its new time, same id and history; what refuses it changes nothing.

    SlotTaken, PatientBusy, CannotMove, NotYet where it would come before what it needs, and NotReached where another
    system keeps the calendar.
    """
    now = house.clock.now()
    async with tx.connection.transaction():  # a savepoint: the old booking stands if anything fails
        one = await appointments.read(tx, change.appointment, lock=True)
        if one is None:
            raise CannotMove(NOT_MOVABLE)
        wanted = wanted_for(one, anywhere=change.anywhere)
        assert one.starts
        slot = await slots.offered(tx, change.slot, wanted)
        if slot is None or slot.starts <= now or (slot.id == one.slot and not change.again):
            raise SlotTaken(slot)
        if slot.remote and change.overbook:
            raise NoOverbooking("in between")
        when = When(slot.starts, slot.wall, one.channel)
        await prerequisites.keep_order(house, tx, one.patient, wanted.service, when, standing=True)
        left = await slots.whole(tx, [one.slot] if one.slot else [])
        kept = await lock(tx, change.owner, slot, *left)
        if change.owner:
            await release(house, tx, change.owner, used=bool(kept and kept.slot == slot.id))
        await clear(tx, slot, now)
        await claims.drop_claims(tx, one.id)
        await settle(tx, *left)
        await take(tx, one.id, one.patient, slot, beyond=bool(change.overbook))
        status = one.status
        if one.channel is Channel.VIRTUAL and status is AppointmentStatus.BOOKED:
            status = moved(status, AppointmentStatus.PENDING)
        sequence = await appointments.rebook(tx, one.id, status, slot, now, overbooked=change.overbook)
        await wishes.settle(tx, one.id)
        await appointments.put_words(tx, one.id, change.note or one.reason, change.details or one.details)
        await appointments.add_change(tx, one.id, "moved", f"{actor.kind}:{actor.id}", now, change.note)
        await audit.record(
            house, tx, actor, "appointment.moved", patient=one.patient, entity=f"appointment/{one.id}",
            detail={"from": one.starts.isoformat(), "to": slot.starts.isoformat()}
            | ({"overbooked": change.overbook} if change.overbook else {}),
        )  # fmt: skip
        result = msgspec.structs.replace(
            one, status=status, slot=slot.id, starts=slot.starts, ends=slot.ends, sequence=sequence,
            practitioner=slot.practitioner, location=slot.location, zone=slot.wall, overbooked=change.overbook,
        )  # fmt: skip
        await house.news.announce(tx, AppointmentMoved(one.id, one.patient, one.starts, slot.starts, sequence))
        await announce(house, tx, result)
        await house.news.announce(tx, SlotsFreed([slot.id for slot in left], "moved"))
        if slot.remote or one.remote:
            held = kept if kept and kept.slot == slot.id else None
            await elsewhere_orders.move(house, tx, result, slot, held, next(iter(left), None))
    return result
