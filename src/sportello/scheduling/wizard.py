"""Leads a booking through its steps: a row per draft, locked at every click, so that a second click is harmless."""

from uuid import UUID

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record.ports import Away
from sportello.scheduling import confirming, elsewhere, holding, series
from sportello.scheduling.beginning import GONE_ON_WITH as GONE_ON_WITH
from sportello.scheduling.beginning import begin as begin
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.drafts import Wizard, errors_of, first_unfinished, following, preceding, typed
from sportello.scheduling.elsewhere_together import NotTogether, Partly
from sportello.scheduling.fulfilling import address_of, booked_moves, booked_visits
from sportello.scheduling.picking import LAPSED, MAY_NOT, PATIENT_BUSY, lost, pick, pick_over, widened
from sportello.scheduling.picking import Turn as Turn
from sportello.scheduling.prerequisites import NotYet
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
        await series.release(house, tx, one)
    turn = await _act(house, tx, actor, replace(one, answers=answers, step=step), step, form)
    await wizards.save(tx, turn.wizard, house.clock.now())
    return turn


async def leave(house: House, tx: Transaction, wizard: UUID, *, discard: bool) -> Wizard:
    """Gives the held time back; with `discard` the draft is over, else it can be gone on with."""
    one = await wizards.read(tx, wizard, lock=True)
    if one is None:
        raise UnknownWizard
    await holding.release(house, tx, one.owner)
    await series.release(house, tx, one)
    if one.state == "open":
        answers = replace(one.answers, slot=0, over="", series="", others={})
        one = replace(one, answers=answers, state="left" if discard else "open")
        await wizards.save(tx, one, house.clock.now())
    return one


async def _act(house: House, tx: Transaction, actor: Actor, one: Wizard, step: str, form: dict[str, str]) -> Turn:
    if step == "time" and (form.get("slot") or form.get("over")):
        await series.release(house, tx, one)  # another beginning, other visits after it
        one = replace(one, answers=replace(one.answers, series="", others={}))
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
        case "series" if step == "review" and one.mode == "schedule" and not one.answers.over:
            return await series.hold_all(house, tx, actor, one, form)
        case "alone" if step == "review":
            await series.release(house, tx, one)
            return Turn(replace(one, answers=replace(one.answers, series="", others={})))
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
        try:
            await holding.renew(house, tx, one.owner)
        except holding.HoldEnded:  # the other system that keeps the calendars gave it to somebody else
            return await lost(house, tx, one, LAPSED)
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
    try:
        async with tx.connection.transaction():  # a savepoint: a series is booked, or moved along, whole
            made = await (booked_moves if moving else booked_visits)(house, tx, actor, one)
    except NotTogether:
        if moving:
            return Turn(one, {"rest": series.STUCK}, raced=True)
        await series.release(house, tx, one)
        await elsewhere.ask_again(tx, said.service)  # one of them is somebody else's: others are looked for
        return Turn(replace(one, answers=replace(said, others={})), {"series": series.TAKEN}, raced=True)
    except SlotTaken:
        return await lost(house, tx, one, LAPSED)
    except PatientBusy:
        return await lost(house, tx, one, PATIENT_BUSY)
    except NotYet as refusal:
        return await lost(house, tx, one, str(refusal))
    except Partly as part:
        return Turn(one, {"rest": series.said_of(house, actor, part)}, raced=True)
    except NotReached as refusal:
        return Turn(one, {"review": refusal.told(own=one.own)}, raced=True)
    except series.Stuck:
        return Turn(one, {"rest": series.STUCK}, raced=True)
    if said.protect == "yes" and actor.kind == "staff":
        await protect(house, tx, actor, made)
    return Turn(replace(one, state="booked", step="confirm", appointment=made.id))


async def _finish(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Turn:
    """Sends the confirmation when it was chosen, to the address that the record has now."""
    if one.answers.mail == "yes" and one.appointment:
        made = await appointments.read(tx, one.appointment)
        rest = await series.later(tx, made) if made and (one.answers.series or one.answers.rest) else []
        try:
            email = await address_of(house, tx, actor, one)
        except Away:
            for each in [made, *rest] if made else []:
                await confirming.confirm_to_patient(house, tx, actor, each)
            return Turn(replace(one, state="done"))
        if made and email:
            for each in [made, *rest]:
                await confirming.confirm(house, tx, actor, each, email, one.about.language)
        elif not email:
            one = replace(one, answers=replace(one.answers, mail="no"))
    return Turn(replace(one, state="done"))
