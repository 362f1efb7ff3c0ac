"""Leads a booking through its steps: a row per draft, locked at every click, so that a second click is harmless."""

from uuid import UUID

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import reading
from sportello.scheduling import confirming, holding, referrals
from sportello.scheduling.beginning import GONE_ON_WITH as GONE_ON_WITH
from sportello.scheduling.beginning import begin as begin
from sportello.scheduling.booking import Booking, PatientBusy, book
from sportello.scheduling.drafts import Wizard, errors_of, first_unfinished, following, preceding, typed
from sportello.scheduling.moving import Move, move
from sportello.scheduling.picking import LAPSED, MAY_NOT, PATIENT_BUSY, lost, pick, pick_over, wanted, widened
from sportello.scheduling.picking import Turn as Turn
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, wizards
from sportello.scheduling.waiting_wishes import protect, wish
from sportello.scheduling.wizard_choices import unknown, wanting


class UnknownWizard(Exception):
    """There is no such draft, or it has no such step."""


async def read(tx: Transaction, wizard: UUID) -> Wizard:
    """The draft as it is."""
    one = await wizards.read(tx, wizard)
    if one is None:
        raise UnknownWizard
    return one


async def take(house: House, tx: Transaction, actor: Actor, wizard: UUID, step: str, form: dict[str, str]) -> Turn:
    """Takes in what a step's form says and does what its button asks."""
    one = await wizards.read(tx, wizard, lock=True)
    if one is None or step not in one.steps:
        raise UnknownWizard
    if one.state in ("done", "left") or (one.state == "booked") != (step == "confirm"):
        return Turn(one)  # a click that came twice, or from a window left behind
    answers = typed(one.answers, step, form)
    if one.answers.slot and not answers.slot:
        await holding.release(house, tx, one.owner)
    turn = await _act(house, tx, actor, replace(one, answers=answers, step=step), step, form)
    await wizards.save(tx, turn.wizard, house.clock.now())
    return turn


async def leave(house: House, tx: Transaction, wizard: UUID, *, discard: bool) -> Wizard:
    """Gives the held time back; with `discard` the draft is over, else it can be gone on with."""
    one = await wizards.read(tx, wizard, lock=True)
    if one is None:
        raise UnknownWizard
    await holding.release(house, tx, one.owner)
    if one.state == "open":
        answers = replace(one.answers, slot=0, over="")
        one = replace(one, answers=answers, state="left" if discard else "open")
        await wizards.save(tx, one, house.clock.now())
    return one


async def _act(house: House, tx: Transaction, actor: Actor, one: Wizard, step: str, form: dict[str, str]) -> Turn:
    if step == "time" and form.get("slot"):
        return await pick(house, tx, actor, one, form["slot"])
    if step == "time" and form.get("over"):
        return await pick_over(house, tx, actor, one, form["over"])
    goto = form.get("goto", "")
    if goto in one.steps and one.state == "open":
        return _go(one, goto)
    match form.get("action", "next"):
        case "back" if one.state == "open":
            return Turn(replace(one, step=preceding(one.steps, step)))
        case "search":
            return Turn(one)
        case "later" if step == "time":
            return Turn(replace(one, answers=replace(one.answers, day=form.get("later", ""))))
        case "first" if step == "time":
            return Turn(replace(one, answers=replace(one.answers, day="", part="", weekday="")))
        case "between" if step == "time":
            shown = "" if one.answers.between else "yes"
            return Turn(replace(one, answers=replace(one.answers, between=shown)))
        case "wait" if step == "time":
            return await wish(house, tx, actor, one)
        case "widen" if step == "time":
            return await widened(house, tx, one)
        case "schedule" if step == "review":
            return await _schedule(house, tx, actor, one)
        case "done" if step == "confirm":
            return await _finish(house, tx, actor, one)
    return await _next(house, tx, actor, one, step)


def _go(one: Wizard, goto: str) -> Turn:
    """To another step; not beyond one that is unfinished."""
    step, errors = first_unfinished(one.steps, goto, one.answers, moving=one.mode == "reschedule")
    return Turn(replace(one, step=step), errors)


async def _next(house: House, tx: Transaction, actor: Actor, one: Wizard, step: str) -> Turn:
    errors = errors_of(step, one.answers, moving=one.mode == "reschedule") or await unknown(house, tx, one, step)
    if step == "reason":
        errors |= await wanting(house, tx, one)
    if errors:
        return Turn(one, errors)
    if step == "time" and not one.answers.over and not await holding.held(house, tx, one.owner):
        turn = await pick(house, tx, actor, one, str(one.answers.slot))
        if turn.errors:
            return await lost(house, tx, one, LAPSED)
    if step == "confirm":
        return Turn(one)
    if await holding.held(house, tx, one.owner):
        await holding.renew(house, tx, one.owner)
    return _go(one, following(one.steps, step))


async def _schedule(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Turn:
    moving = one.mode == "reschedule"
    step, errors = first_unfinished(one.steps, "review", one.answers, moving=moving)
    for chosen in one.steps[: one.steps.index("time")]:  # choices may have gone, or been jumped over
        if not errors and (errors := await unknown(house, tx, one, chosen)):
            step = chosen
    if not errors and (errors := await wanting(house, tx, one)):
        step = "reason"
    if one.answers.over and not actor.may(Permission.APPOINTMENT_OVERBOOK):
        step, errors = "time", {"slot": MAY_NOT}
    if errors:
        return Turn(replace(one, step=step), errors)
    said = one.answers
    over = said.overbook if said.over else ""
    try:
        if moving and one.appointment:
            change = Move(
                one.appointment, said.slot, said.reason, said.details, one.owner, anywhere=said.wide, overbook=over
            )  # fmt: skip
            made = await move(house, tx, actor, change)
        else:
            assert said.channel is not None
            made = await book(
                house, tx, actor,
                Booking(
                    one.patient, said.slot, await wanted(tx, one), said.channel, said.reason, said.details,
                    one.conversation, one.owner, over, referrals.number(said.referral), said.priority,
                    referrals.written(said.referred_on),
                ),
            )  # fmt: skip
    except SlotTaken:
        return await lost(house, tx, one, LAPSED)
    except PatientBusy:
        return await lost(house, tx, one, PATIENT_BUSY)
    if said.protect == "yes" and actor.kind == "staff":
        await protect(house, tx, actor, made)
    return Turn(replace(one, state="booked", step="confirm", appointment=made.id))


async def _finish(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Turn:
    """Sends the confirmation when it was chosen, to the address that the record has now."""
    if one.answers.mail == "yes" and one.appointment:
        header = await reading.patient_header(house, tx, actor, one.patient)
        made = await appointments.read(tx, one.appointment)
        if made and header.email:
            await confirming.confirm(house, tx, actor, made, header.email, one.about.language)
        elif not header.email:
            one = replace(one, answers=replace(one.answers, mail="no"))
    return Turn(replace(one, state="done"))
