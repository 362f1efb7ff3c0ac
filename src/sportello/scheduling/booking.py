"""Books a visit: the slot becomes busy, the appointment booked, or pending until its meeting link exists."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import elsewhere_orders, meeting_links, prerequisites
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking_port import NoOverbooking
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.events import AppointmentBooked, AppointmentPending
from sportello.scheduling.holding import clear, lock, release
from sportello.scheduling.prerequisites import When
from sportello.scheduling.rules import status_when_scheduled
from sportello.scheduling.seats import SlotTaken, seat, settle
from sportello.scheduling.store import appointments, claims, slots
from sportello.scheduling.store.slots import Slot, Wanted


class PatientBusy(Exception):
    """The patient already has a visit at that time."""

    def __init__(self, other: Appointment | None) -> None:
        super().__init__()
        self.other = other


class Booking(Struct, frozen=True):
    """What is to be booked; `owner` is whose hold is used up by it, `overbook` why it is booked although taken."""

    patient: str
    slot: int
    wanted: Wanted
    channel: Channel
    reason: str
    details: str = ""
    conversation: UUID | None = None
    owner: str | None = None
    overbook: str = ""
    referral: str = ""
    priority: str = ""
    referred_on: date | None = None
    id: UUID | None = None  # that of the wish it fulfils
    series: UUID | None = None
    elsewhere: bool = False  # staff know that what must come before was had elsewhere


async def book(house: House, tx: Transaction, actor: Actor, booking: Booking) -> Appointment:
    """One seat, one booking: SlotTaken, PatientBusy and NotYet leave everything as it was, the hold included.

    So does NotReached, where another system keeps the calendar.
    """
    now = house.clock.now()
    slot = await slots.offered(tx, booking.slot, booking.wanted)
    if slot is None or slot.starts <= now:
        raise SlotTaken(slot)
    if slot.remote and booking.overbook:
        raise NoOverbooking("in between")
    if not booking.elsewhere:
        await prerequisites.keep_order(
            house, tx, booking.patient, booking.wanted.service, When(slot.starts, slot.wall, booking.channel),
            standing=booking.id is not None,
        )  # fmt: skip
    made = Appointment(
        id=booking.id or uuid7(),
        status=status_when_scheduled(booking.channel),
        patient=booking.patient,
        practitioner=slot.practitioner,
        specialty=await slots.specialty_of(tx, slot.id),
        service=booking.wanted.service,
        location=slot.location,
        channel=booking.channel,
        slot=slot.id,
        starts=slot.starts,
        ends=slot.ends,
        reason=booking.reason,
        details=booking.details,
        conversation=booking.conversation,
        overbooked=booking.overbook,
        referral=booking.referral,
        priority=booking.priority,
        referred_on=booking.referred_on,
        series=booking.series,
    )
    async with tx.connection.transaction():  # a savepoint: the caller may go on after a lost race
        kept = await lock(tx, booking.owner, slot)
        if booking.owner:
            await release(house, tx, booking.owner, used=bool(kept and kept.slot == slot.id))
        await clear(tx, slot, now)
        await appointments.add(tx, made, _by(actor), now)
        await take(tx, made.id, made.patient, slot, beyond=bool(booking.overbook))
        await appointments.add_change(tx, made.id, "booked", _by(actor), now)
        await audit.record(
            house, tx, actor, "appointment.booked", patient=made.patient, entity=f"appointment/{made.id}",
            detail={"slot": slot.id, "status": made.status, "channel": made.channel} | _over(booking),
        )  # fmt: skip
        await announce(house, tx, made)
        if slot.remote:
            await elsewhere_orders.book(house, tx, made, slot, kept)
    return made


async def take(tx: Transaction, appointment: UUID, patient: str, slot: Slot, *, beyond: bool = False) -> None:
    """Claims the slot's people, rooms and seat, and the patient's time; the caller has the lock."""
    await seat(tx, slot, appointment=appointment, beyond=beyond)
    if not await claims.take(tx, f"patient:{patient}", slot.starts, slot.ends, appointment=appointment):
        raise PatientBusy(await appointments.overlapping(tx, patient, slot.starts, slot.ends, but=appointment))
    await settle(tx, slot)


def _over(booking: Booking) -> dict[str, str]:
    return {"overbooked": booking.overbook} if booking.overbook else {}


async def announce(house: House, tx: Transaction, made: Appointment) -> None:
    """Tells the house, and has the link made when there is one to make."""
    assert made.starts is not None
    if made.status is AppointmentStatus.PENDING and made.channel is Channel.VIRTUAL:
        await meeting_links.wanted(house, tx, made.id)
        await house.news.announce(tx, AppointmentPending(made.id, made.patient, made.starts, made.conversation))
    else:
        await house.news.announce(tx, AppointmentBooked(made.id, made.patient, made.starts, made.conversation))


def _by(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"
