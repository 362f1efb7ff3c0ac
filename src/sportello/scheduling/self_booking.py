"""What a patient may book, move and cancel without staff, for whoever leads them through it in words: the bot.

The rules are those of the wizard and of the portal: only types that patients book themselves, only free slots, holds,
the notice that a type of appointment asks for, and a referral's number where one is needed.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import confirming, elsewhere, holding, referrals, rhythm, upcoming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import Booking, book
from sportello.scheduling.calendar import Service
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.days import day_of
from sportello.scheduling.elsewhere_together import together
from sportello.scheduling.moving import CannotMove, Move, move, wanted_for
from sportello.scheduling.rhythm import Rhythm
from sportello.scheduling.rules import CANCELLABLE, MOVABLE
from sportello.scheduling.searching import NOTICE
from sportello.scheduling.store import appointments, choices, prerequisites, slots
from sportello.scheduling.store.slots import Slot, Wanted

_AHEAD = timedelta(days=400)
_FETCHED = 160


class Kind(Struct, frozen=True):
    """A type of appointment that patients book themselves, by a channel; `names` of it and its specialty."""

    service: Service
    channel: Channel
    names: tuple[str, ...]


class TooLate(Exception):
    """The visit is nearer than the notice that its type asks for."""


async def kinds(tx: Transaction) -> list[Kind]:
    """All that can be booked without staff."""
    specialties = {one.id: one.name for one in await choices.specialties(tx)}
    found = []
    offered = await choices.services(tx, "", "", alone=True)
    guided = {need.service for need in await prerequisites.of_services(tx, [one.id for one in offered])}
    for service in (one for one in offered if one.id not in guided):  # those are led through by the forms or by staff
        named = specialties.get(service.specialty)
        names = (service.name.it, service.name.en, *((named.it, named.en) if named else ()))
        found += [Kind(service, channel, names) for channel in service.channels]
    return found


async def visits(house: House, tx: Transaction, patient: Actor) -> list[Appointment]:
    """The patient's visits to come that still stand; the look is written down."""
    return [one for one in await upcoming.own_visits(house, tx, patient) if one.status in MOVABLE]


async def own(house: House, tx: Transaction, patient: Actor, visit: UUID, *, cancelling: bool = False) -> Appointment:
    """The patient's own visit that can still be changed; CannotMove or TooLate otherwise."""
    one = await appointments.read(tx, visit)
    allowed = CANCELLABLE if cancelling else MOVABLE
    if one is None or one.patient != patient.id or one.status not in allowed:
        raise CannotMove("gone")
    if one.late(house.clock.now()):
        raise TooLate
    return one


async def times(
    house: House,
    tx: Transaction,
    wanted: Wanted,
    after: datetime,
    at_most: int,
    day: date | None,
    channel: Channel | None,
) -> list[Slot]:
    """The next free times that begin after `after`, one a moment and person, spread over days: two of a day at most.

    `day` is the first that will do, by the clock of the place; of a virtual visit, the clinic's.
    """
    since = max(after, house.clock.now() + NOTICE)
    if day and day > (since + _AHEAD).date():
        return []
    wall = house.settings.clinic.zone if channel is Channel.VIRTUAL else ""
    begins = await slots.begins(tx, wanted, day, wall) if day else None
    since = max(since, begins or since)
    calendars = await slots.schedules(tx, wanted)
    if not calendars:
        return []
    told = await elsewhere.fresh(house, tx, wanted, since)
    only = wanted.service if told else ""
    found = await slots.free(
        tx, calendars, since, since + _AHEAD, (0, 24), wall, _FETCHED, copied_for=only, from_day=day
    )
    shown: list[Slot] = []
    of_day: dict[object, int] = {}
    for slot in found:
        its_day = day_of(house, slot.starts, slot.wall, channel)
        if slot.starts <= after or of_day.get(its_day, 0) >= 2 or any(one.starts == slot.starts for one in shown):
            continue
        of_day[its_day] = of_day.get(its_day, 0) + 1
        shown.append(slot)
        if len(shown) == at_most:
            break
    return shown


def referral_fault(house: House, number: str) -> str:
    """What is wrong with a referral's number, as a message id; empty when it may stand."""
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    wrong = referrals.errors((number, "", ""), required=True, brings=False, own=True, today=today)
    return wrong.get("referral", "")


async def keep(house: House, tx: Transaction, owner: str, slot: int, wanted: Wanted, patient: str) -> None:
    """Holds a time for `owner` for some minutes; SlotTaken when somebody else was quicker."""
    await holding.hold(house, tx, owner, slot, wanted, owner, patient=patient)


async def let_go(house: House, tx: Transaction, owner: str) -> None:
    """Gives back what `owner` holds, for further visits too."""
    await holding.release(house, tx, owner)
    await rhythm.release(house, tx, owner)


async def keep_series(house: House, tx: Transaction, one: Rhythm) -> list[Slot]:
    """The times of all visits, held; none where they cannot all be had. SlotTaken when somebody was quicker."""
    await rhythm.release(house, tx, one.owner)
    planned = await rhythm.plan(house, tx, one)
    further = [visit.chosen for visit in planned if visit.chosen]
    if not planned or len(further) < len(planned):
        return []
    await keep(house, tx, one.owner, one.first, one.wanted, one.patient)
    await rhythm.hold(house, tx, one.owner, one, planned)
    return [*await slots.whole(tx, [one.first]), *further]


async def book_series(
    house: House, tx: Transaction, patient: Actor, first: Booking, further: list[int]
) -> list[Appointment]:
    """Books the visit and the further ones, whose times are held beside it; all of them, or what is raised of one."""
    shared = uuid7()
    async with together(house, tx):
        made = [await book_it(house, tx, patient, replace(first, series=shared))]
        for number, slot in enumerate(further, 2):
            owner = rhythm.owner_of(first.owner or "", number)
            made.append(await book_it(house, tx, patient, replace(first, slot=slot, owner=owner, series=shared)))
    return made


async def bookable(house: House, tx: Transaction, service: str, channel: Channel, referral: str) -> None:
    """CannotMove when patients do not book this type themselves, not so, or not without a referral."""
    offered = await choices.services(tx, "", "", alone=True)
    found = next((one for one in offered if one.id == service), None)
    if found and await prerequisites.of_services(tx, [found.id]):
        raise CannotMove("something comes first")
    if found is None or channel not in found.channels:
        raise CannotMove("not for patients")
    if found.referral_required and referral_fault(house, referral):
        raise CannotMove("no referral")


async def book_it(house: House, tx: Transaction, patient: Actor, booking: Booking) -> Appointment:
    """Books what patients may book; SlotTaken, PatientBusy, CannotMove and NotYet leave everything as it was."""
    await bookable(house, tx, booking.wanted.service, booking.channel, booking.referral)
    made = await book(house, tx, patient, booking)
    await confirming.confirm_to_patient(house, tx, patient, made)
    return await appointments.read(tx, made.id) or made


async def move_it(house: House, tx: Transaction, patient: Actor, visit: UUID, slot: int, owner: str) -> Appointment:
    """Moves the patient's own visit; what refuses it (NotYet and TooLate too) leaves it as it was."""
    await own(house, tx, patient, visit)
    moved = await move(house, tx, patient, Move(visit, slot, owner=owner))
    await confirming.confirm_to_patient(house, tx, patient, moved)
    return await appointments.read(tx, moved.id) or moved


async def cancel_it(house: House, tx: Transaction, patient: Actor, visit: UUID) -> Appointment:
    """Cancels the patient's own visit; CannotMove or TooLate change nothing."""
    await own(house, tx, patient, visit, cancelling=True)
    ended = await cancel(house, tx, patient, visit, CancelReason.PATIENT)
    await confirming.confirm_to_patient(house, tx, patient, ended)
    return ended


def wanted_of(visit: Appointment) -> Wanted:
    """Same person, place and type: what a move looks for; CannotMove when the visit lacks one of them."""
    return wanted_for(visit)
