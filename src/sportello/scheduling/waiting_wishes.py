"""From the times of a booking to the waiting list: when nothing fits, or the patient would rather come earlier."""

from datetime import date

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.scheduling import holding, referrals
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import Channel
from sportello.scheduling.days import today
from sportello.scheduling.drafts import MOST_REASON, Answers, Wizard
from sportello.scheduling.picking import Turn, wanted
from sportello.scheduling.referrals import CLASSES
from sportello.scheduling.rules import PARTS_OF_DAY
from sportello.scheduling.store import appointments
from sportello.scheduling.store.waiting import Waiting
from sportello.scheduling.waiting import CannotWait, put_on_list

WRITE_DATE = N_("Write a date.")
ENDS_FIRST = N_("The end must be after the beginning.")
PAST = N_("That day is over.")
WHY = N_("Write the reason for the visit.")
TOO_LONG = N_("The reason is too long: 200 characters at most.")
UNKNOWN = N_("This choice is not known.")


async def wish(house: House, tx: Transaction, actor: Actor, one: Wizard) -> Turn:
    """Puts the patient on the list with what the draft says so far; the draft ends there, what is booked stays."""
    said, now = one.answers, house.clock.now()
    visit = await appointments.read(tx, one.appointment) if one.mode == "reschedule" and one.appointment else None
    what = await wanted(tx, one)
    channel = (visit.channel if visit else said.channel) or Channel.IN_PERSON
    errors, since, until = _period(said, await today(house, tx, what.location, channel))
    reason = said.wait_reason or said.reason or (visit.reason if visit else "")
    if len(reason) > MOST_REASON:
        errors["wait_reason"] = TOO_LONG
    elif not reason:
        errors["wait_reason"] = WHY
    if said.wait_part and said.wait_part not in PARTS_OF_DAY:
        errors["wait_part"] = UNKNOWN
    priority = said.wait_priority or said.priority or (visit.priority if visit else "")
    if priority and priority not in CLASSES:
        errors["wait_priority"] = UNKNOWN
    if errors:
        return Turn(one, errors)
    entry = Waiting(
        id=uuid7(), patient=one.patient, appointment=visit.id if visit else None, service=what.service,
        specialty=what.specialty, practitioner=what.practitioner, location=what.location,
        channel=channel, from_day=since, until_day=until,
        weekdays=said.wait_weekdays, part=said.wait_part, priority=priority, protected=said.wait_protected == "yes",
        referral=referrals.number(said.referral)[:40], referred_on=referrals.written(said.referred_on),
        reason=reason, details=said.details[:2000], conversation=one.conversation, created_at=now,
    )  # fmt: skip
    try:
        await put_on_list(house, tx, actor, entry)
    except CannotWait as refusal:
        return Turn(one, {"wait_reason": str(refusal)})
    await holding.release(house, tx, one.owner)
    answers = replace(said, slot=0, over="", waits=str(entry.id))
    return Turn(replace(one, state="left", answers=answers))


def _period(said: Answers, here: date) -> tuple[dict[str, str], date, date | None]:
    errors: dict[str, str] = {}
    days: dict[str, date | None] = {"wait_from": None, "wait_until": None}
    for name in days:
        text = getattr(said, name)
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            errors[name] = WRITE_DATE
    since, until = days["wait_from"] or here, days["wait_until"]
    if not errors and until and until < max(since, here):
        errors["wait_until"] = ENDS_FIRST if until < since else PAST
    return errors, max(since, here), until


async def protect(house: House, tx: Transaction, actor: Actor, made: Appointment) -> None:
    """A visit later than its class allows asks for an earlier time, and for somebody who sees to such cases."""
    one = await appointments.read(tx, made.id)
    if one is None or one.service is None or one.starts is None:
        return
    now, channel = house.clock.now(), one.channel or Channel.IN_PERSON
    entry = Waiting(
        id=uuid7(), patient=one.patient, appointment=one.id, service=one.service,
        channel=channel, from_day=await today(house, tx, "", channel), until_day=None, priority=one.priority,
        protected=True,
        referral=one.referral, referred_on=one.referred_on, reason=one.reason[:MOST_REASON], created_at=now,
        conversation=one.conversation,
    )  # fmt: skip
    await put_on_list(house, tx, actor, entry)
