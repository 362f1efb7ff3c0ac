"""Leads a booking through its steps: a row per draft, locked at every click, so that a second click is harmless."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number, uuid7
from sportello.record import reading
from sportello.scheduling import confirming, holding, referrals
from sportello.scheduling.booking import Booking, PatientBusy, book
from sportello.scheduling.drafts import (
    RESCHEDULE,
    SCHEDULE,
    About,
    Answers,
    Wizard,
    errors_of,
    first_unfinished,
    following,
    preceding,
    typed,
)
from sportello.scheduling.moving import CannotMove, Move, move, wanted_for
from sportello.scheduling.rules import NOT_MOVABLE
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, slots, wizards
from sportello.scheduling.store.slots import Slot, Wanted
from sportello.scheduling.wizard_choices import unknown, wanting

TAKEN = N_("That time was taken a moment ago. Please choose another one.")
PAST = N_("That time has passed. Please choose another one.")
LAPSED = N_("The time was no longer kept for you, and somebody else has taken it. Please choose another one.")
PATIENT_BUSY = N_("The patient already has a visit at that time. Please choose another one.")
STILL_SHOWN = timedelta(minutes=15)
GONE_ON_WITH = timedelta(hours=12)  # a draft of yesterday is not what today's patient means


class UnknownWizard(Exception):
    """There is no such draft, or it has no such step."""


class Turn(Struct, frozen=True):
    """What a click led to: the draft at the step to show, and what is wrong by field; `raced` after a lost race."""

    wizard: Wizard
    errors: dict[str, str] = {}
    raced: bool = False


async def begin(
    house: House,
    tx: Transaction,
    actor: Actor,
    patient: str,
    conversation: UUID | None = None,
    appointment: UUID | None = None,
    *,
    again: bool = False,
    near: int = 0,
    practitioner: str = "",
) -> Wizard:
    """A new draft, or the unfinished one of the same purpose; with `appointment` a move, refused by CannotMove.

    `practitioner` is whom the patient wants: a new draft begins with them chosen.
    `near` is a slot somebody pointed at: a new draft begins with its practitioner, place and day.
    `again` also finds one that was finished a moment ago: a reload of its page shows its end, not a new beginning.
    """
    now = house.clock.now()
    if appointment:
        one = await appointments.read(tx, appointment)
        if one is None or one.patient != patient:
            raise CannotMove(NOT_MOVABLE)
        wanted_for(one)
    known = await wizards.latest(
        tx, patient, actor.id, conversation, appointment, open_since=now - GONE_ON_WITH,
        ended_since=now - STILL_SHOWN if again else now,
    )  # fmt: skip
    if known:
        return known
    header = await reading.patient_header(house, tx, actor, patient)
    languages = house.settings.clinic.languages
    latitude, longitude = header.position or (None, None)
    about = About(
        name=header.name,
        language=header.language if header.language in languages else languages[0],
        born=header.birth_date.isoformat() if header.birth_date else "",
        postal_code=header.postal_code or "",
        latitude=latitude,
        longitude=longitude,
    )
    made = Wizard(
        id=uuid7(),
        mode="reschedule" if appointment else "schedule",
        state="open",
        patient=patient,
        about=about,
        conversation=conversation,
        staff=actor.id,
        step=(RESCHEDULE if appointment else SCHEDULE)[0],
        answers=await _beginning(tx, about, near, practitioner, house.settings.clinic.tz),
        appointment=appointment,
    )
    await wizards.add(tx, made, now)
    return made


async def _beginning(tx: Transaction, about: About, near: int, practitioner: str, zone: ZoneInfo) -> Answers:
    found = await slots.whole(tx, [near]) if near else []
    if not found:
        who = f"practitioner:{practitioner}" if ID.fullmatch(practitioner) else ""
        return Answers(who=who, postal_code=about.postal_code)
    (slot,) = found
    return Answers(
        who=f"practitioner:{slot.practitioner}", postal_code=about.postal_code, place=slot.location,
        day=slot.starts.astimezone(zone).date().isoformat(),
    )  # fmt: skip


async def read(tx: Transaction, wizard: UUID) -> Wizard:
    """The draft as it is."""
    one = await wizards.read(tx, wizard)
    if one is None:
        raise UnknownWizard
    return one


async def wanted(tx: Transaction, one: Wizard) -> Wanted:
    """What the draft's slot must offer; CannotMove when the appointment to be moved lacks something."""
    if one.mode == "reschedule" and one.appointment:
        appointment = await appointments.read(tx, one.appointment)
        if appointment is None:
            raise CannotMove(NOT_MOVABLE)
        return wanted_for(appointment, anywhere=one.answers.wide)
    said = one.answers
    return Wanted(said.service, said.specialty, said.practitioner, said.location)


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
        one = replace(one, answers=replace(one.answers, slot=0), state="left" if discard else "open")
        await wizards.save(tx, one, house.clock.now())
    return one


async def _act(house: House, tx: Transaction, actor: Actor, one: Wizard, step: str, form: dict[str, str]) -> Turn:
    if step == "time" and form.get("slot"):
        return await _pick(house, tx, actor, one, form["slot"])
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
        case "widen" if step == "time":
            return await _widened(house, tx, one)
        case "schedule" if step == "review":
            return await _schedule(house, tx, actor, one)
        case "done" if step == "confirm":
            return await _finish(house, tx, actor, one)
    return await _next(house, tx, actor, one, step)


def _go(one: Wizard, goto: str) -> Turn:
    """To another step; not beyond one that is unfinished."""
    step, errors = first_unfinished(one.steps, goto, one.answers, moving=one.mode == "reschedule")
    return Turn(replace(one, step=step), errors)


async def _widened(house: House, tx: Transaction, one: Wizard) -> Turn:
    """Other places and, for a move, other practitioners too: on purpose, never by itself."""
    await holding.release(house, tx, one.owner)
    said = replace(one.answers, slot=0, day="", part="", weekday="")
    if one.mode == "reschedule":
        return Turn(replace(one, answers=replace(said, widened="yes")))
    return Turn(replace(one, answers=replace(said, place="any")))


async def _pick(house: House, tx: Transaction, actor: Actor, one: Wizard, slot: str) -> Turn:
    number = as_number(slot)
    what = await wanted(tx, one)
    if await _elsewhere(tx, one, await slots.offered(tx, number, what)):
        return Turn(one, {"slot": PATIENT_BUSY}, raced=True)
    try:
        await holding.hold(house, tx, one.owner, number, what, f"{actor.kind}:{actor.id}")
    except SlotTaken as refusal:
        past = refusal.slot is not None and refusal.slot.starts <= house.clock.now()
        return Turn(one, {"slot": PAST if past else TAKEN}, raced=True)
    return Turn(replace(one, answers=replace(one.answers, slot=number)))


async def _elsewhere(tx: Transaction, one: Wizard, slot: Slot | None) -> bool:
    """Whether the patient has another visit at that time; the claim on their time decides again when it is booked."""
    if slot is None:
        return False
    but = one.appointment if one.mode == "reschedule" else None
    return await appointments.overlapping(tx, one.patient, slot.starts, slot.ends, but=but) is not None


async def _next(house: House, tx: Transaction, actor: Actor, one: Wizard, step: str) -> Turn:
    errors = errors_of(step, one.answers, moving=one.mode == "reschedule") or await unknown(tx, one, step)
    if step == "reason":
        errors |= await wanting(house, tx, one)
    if errors:
        return Turn(one, errors)
    if step == "time" and not await holding.held(house, tx, one.owner):
        turn = await _pick(house, tx, actor, one, str(one.answers.slot))
        if turn.errors:
            return await _lost(house, tx, one, LAPSED)
    if step == "confirm":
        return Turn(one)
    if await holding.held(house, tx, one.owner):
        await holding.renew(house, tx, one.owner)
    return _go(one, following(one.steps, step))


async def _schedule(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Turn:
    moving = one.mode == "reschedule"
    step, errors = first_unfinished(one.steps, "review", one.answers, moving=moving)
    for chosen in one.steps[: one.steps.index("time")]:  # choices may have gone, or been jumped over
        if not errors and (errors := await unknown(tx, one, chosen)):
            step = chosen
    if not errors and (errors := await wanting(house, tx, one)):
        step = "reason"
    if errors:
        return Turn(replace(one, step=step), errors)
    said = one.answers
    try:
        if moving and one.appointment:
            change = Move(
                one.appointment, said.slot, said.reason, said.details, one.owner, anywhere=said.wide
            )  # fmt: skip
            made = await move(house, tx, actor, change)
        else:
            assert said.channel is not None
            made = await book(
                house, tx, actor,
                Booking(
                    one.patient, said.slot, await wanted(tx, one), said.channel, said.reason, said.details,
                    one.conversation, one.owner, "", referrals.number(said.referral), said.priority,
                    referrals.written(said.referred_on),
                ),
            )  # fmt: skip
    except SlotTaken:
        return await _lost(house, tx, one, LAPSED)
    except PatientBusy:
        return await _lost(house, tx, one, PATIENT_BUSY)
    return Turn(replace(one, state="booked", step="confirm", appointment=made.id))


async def _lost(house: House, tx: Transaction, one: Wizard, why: str) -> Turn:
    await holding.release(house, tx, one.owner)
    return Turn(replace(one, step="time", answers=replace(one.answers, slot=0)), {"slot": why}, raced=True)


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
