"""What a click on a time does to a draft: the time is held, or booked over on purpose; or somebody was quicker."""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number
from sportello.scheduling import holding, prerequisites
from sportello.scheduling.booking_port import NO_OVERBOOKING, NotReached
from sportello.scheduling.codes import Channel
from sportello.scheduling.days import day_of
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.moving import CannotMove, wanted_for
from sportello.scheduling.prerequisites import TOO_EARLY, First
from sportello.scheduling.rules import NOT_MOVABLE
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, slots
from sportello.scheduling.store.slots import Slot, Wanted

TAKEN = N_("That time was taken a moment ago. Please choose another one.")
PAST = N_("That time has passed. Please choose another one.")
LAPSED = N_("The time was no longer kept for you, and somebody else has taken it. Please choose another one.")
PATIENT_BUSY = N_("The patient already has a visit at that time. Please choose another one.")
WHY_OVER = N_("Write why the patient is put in between, in 200 characters at most.")
MAY_NOT = N_("You may not book over a time that is taken.")
MOST_WHY = 200


class Turn(Struct, frozen=True):
    """What a click led to: the draft at the step to show, and what is wrong by field; `raced` after a lost race."""

    wizard: Wizard
    errors: dict[str, str] = {}
    raced: bool = False


async def wanted(tx: Transaction, one: Wizard) -> Wanted:
    """What the draft's slot must offer; CannotMove when the appointment to be moved lacks something."""
    if one.mode == "reschedule" and one.appointment:
        appointment = await appointments.read(tx, one.appointment)
        if appointment is None:
            raise CannotMove(NOT_MOVABLE)
        return wanted_for(appointment, anywhere=one.answers.wide)
    said = one.answers
    return Wanted(said.service, said.specialty, said.practitioner, said.location)


async def first_day(house: House, tx: Transaction, one: Wizard) -> First | None:
    """From when on what must come before leaves time; None when nothing does, or it was done elsewhere."""
    if one.answers.elsewhere and not one.own:
        return None
    return await prerequisites.earliest(house, tx, one.patient, (await wanted(tx, one)).service)


async def channel(tx: Transaction, one: Wizard) -> Channel | None:
    """How they will meet; a move keeps it."""
    visit = await appointments.read(tx, one.appointment) if one.mode == "reschedule" and one.appointment else None
    return visit.channel if visit else one.answers.channel


async def _too_early(house: House, tx: Transaction, one: Wizard, slot: Slot | None) -> bool:
    first = await first_day(house, tx, one)
    if first is None or slot is None:
        return False
    return slot.starts < first.moment or day_of(house, slot.starts, slot.wall, await channel(tx, one)) < first.day


async def pick(house: House, tx: Transaction, actor: Actor, one: Wizard, slot: str) -> Turn:
    """Holds a free time for the draft."""
    number = as_number(slot)
    what = await wanted(tx, one)
    if await _elsewhere(tx, one, await slots.offered(tx, number, what)):
        return Turn(one, {"slot": PATIENT_BUSY}, raced=True)
    if await _too_early(house, tx, one, await slots.offered(tx, number, what)):
        return Turn(one, {"slot": TOO_EARLY})
    try:
        await holding.hold(house, tx, one.owner, number, what, f"{actor.kind}:{actor.id}", patient=one.patient)
    except SlotTaken as refusal:
        return _missed(house, one, refusal.slot)
    except NotReached as refusal:
        return Turn(one, {"slot": refusal.told(own=one.own)}, raced=True)
    return Turn(replace(one, answers=replace(one.answers, slot=number, over="")))


async def pick_over(house: House, tx: Transaction, actor: Actor, one: Wizard, slot: str) -> Turn:
    """Puts the patient in between at a time that is taken; nothing is held, since nobody can take it away."""
    if not actor.may(Permission.APPOINTMENT_OVERBOOK):
        return Turn(one, {"slot": MAY_NOT})
    if not 0 < len(one.answers.overbook) <= MOST_WHY:
        return Turn(one, {"overbook": WHY_OVER})
    number = as_number(slot)
    found = await slots.offered(tx, number, await wanted(tx, one))
    if found is None or found.starts <= house.clock.now():
        return _missed(house, one, found)
    if found.remote:
        return Turn(one, {"slot": NO_OVERBOOKING})
    if await _elsewhere(tx, one, found):
        return Turn(one, {"slot": PATIENT_BUSY}, raced=True)
    if await _too_early(house, tx, one, found):
        return Turn(one, {"slot": TOO_EARLY})
    await holding.release(house, tx, one.owner)
    return Turn(replace(one, answers=replace(one.answers, slot=number, over="yes")))


def _missed(house: House, one: Wizard, slot: Slot | None) -> Turn:
    past = slot is not None and slot.starts <= house.clock.now()
    return Turn(one, {"slot": PAST if past else TAKEN}, raced=True)


async def _elsewhere(tx: Transaction, one: Wizard, slot: Slot | None) -> bool:
    """Whether the patient has another visit at that time; the claim on their time decides again when it is booked."""
    if slot is None:
        return False
    but: UUID | None = one.appointment if one.mode == "reschedule" else None
    return await appointments.overlapping(tx, one.patient, slot.starts, slot.ends, but=but) is not None


async def lost(house: House, tx: Transaction, one: Wizard, why: str) -> Turn:
    """Back to the times: the one that was chosen is somebody else's."""
    await holding.release(house, tx, one.owner)
    return Turn(replace(one, step="time", answers=replace(one.answers, slot=0, over="")), {"slot": why}, raced=True)


async def widened(house: House, tx: Transaction, one: Wizard) -> Turn:
    """Other places and, for a move, other practitioners too: on purpose, never by itself."""
    await holding.release(house, tx, one.owner)
    said = replace(one.answers, slot=0, over="", day="", part="", weekday="")
    if one.mode == "reschedule":
        return Turn(replace(one, answers=replace(said, widened="yes")))
    return Turn(replace(one, answers=replace(said, place="any")))
