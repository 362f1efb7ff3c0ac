"""What *Schedule appointment* does: books the visit and those of its series, or moves it, and the rest along."""

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import reading
from sportello.scheduling import referrals, series
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import Booking, book
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.elsewhere_together import together
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.picking import wanted
from sportello.scheduling.rhythm import owner_of
from sportello.scheduling.rules import NOT_MOVABLE
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments
from sportello.scheduling.store.slots import Wanted


async def booked_visits(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Appointment:
    """The visit, and those of its series; the caller's savepoint takes all of it back when one is not to be had."""
    said = one.answers
    assert said.channel is not None
    shared = uuid7() if said.series else None
    planned = await series.plan(house, tx, one) if said.series else []
    if any(visit.chosen is None for visit in planned):
        raise SlotTaken(None)
    over = said.overbook if said.over else ""
    elsewhere = bool(said.elsewhere) and not one.own
    what = await wanted(tx, one)
    async with together(house, tx):
        made = await book(
            house, tx, actor,
            Booking(
                one.patient, said.slot, what, said.channel, said.reason, said.details, one.conversation, one.owner,
                over, referrals.number(said.referral), said.priority, referrals.written(said.referred_on),
                series=shared, elsewhere=elsewhere,
            ),
        )  # fmt: skip
        for visit in planned:
            assert visit.chosen
            await book(
                house, tx, actor,
                Booking(
                    one.patient, visit.chosen.id, Wanted(what.service), said.channel, said.reason, said.details,
                    one.conversation, owner_of(one.owner, visit.number), "", referrals.number(said.referral),
                    said.priority, referrals.written(said.referred_on), series=shared, elsewhere=elsewhere,
                ),
            )  # fmt: skip
    return made


async def booked_moves(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Appointment:
    """The visit at its new time; with it the later ones of its series, if they are to move along."""
    said = one.answers
    before = await appointments.read(tx, one.appointment) if one.appointment else None
    if before is None:
        raise CannotMove(NOT_MOVABLE)
    over = said.overbook if said.over else ""
    change = Move(before.id, said.slot, said.reason, said.details, one.owner, anywhere=said.wide, overbook=over)
    if said.rest != "yes":
        return await move(house, tx, actor, change)
    async with together(house, tx):
        made = await move(house, tx, actor, change)
        await series.move_rest(house, tx, actor, before, made)
    return made


async def address_of(house: House, tx: Transaction, actor: Actor, one: Wizard) -> str | None:
    """The patient's address as the record has it now; without one, that of who books for them."""
    header = await reading.patient_header(house, tx, actor, one.patient)
    if not header.email and one.about.delegate and one.about.delegate == actor.id:
        header = await reading.patient_header(house, tx, actor, actor.id)
    return header.email
