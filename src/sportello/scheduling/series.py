"""Several visits at once: every so many days or weeks, with one practitioner, all of them or none."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.scheduling import cancelling, elsewhere, holding
from sportello.scheduling import rhythm as rhythms
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.elsewhere_together import Partly, together
from sportello.scheduling.generating import instant
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.picking import Turn, wanted
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.rhythm import MOST, Planned, Rhythm
from sportello.scheduling.rules import CANCELLABLE, MOVABLE
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, claims, slots
from sportello.scheduling.store.claims import Hold
from sportello.scheduling.store.slots import Wanted

_MOMENT = timedelta(minutes=1)
NO_ROOM = N_("Not every visit has a free time near its day. Choose another beginning, or another rhythm.")
TAKEN = N_("One of these times was taken a moment ago. Look at the times again.")
STUCK = N_("The later visits cannot all move along: their times are not free. Nothing was moved.")


class Stuck(Exception):
    """The rest of a series cannot move along."""


async def rhythm(tx: Transaction, one: Wizard) -> Rhythm:
    """The series that a draft asks for."""
    said = one.answers
    return Rhythm(
        patient=one.patient, owner=one.owner, first=said.slot, wanted=await wanted(tx, one),
        virtual=said.channel is Channel.VIRTUAL, count=said.count, every=said.every, unit=said.unit, others=said.others,
    )  # fmt: skip


async def plan(house: House, tx: Transaction, one: Wizard) -> list[Planned]:
    """The further visits of a draft as they could be booked."""
    return await rhythms.plan(house, tx, await rhythm(tx, one))


async def hold_all(house: House, tx: Transaction, actor: Actor, one: Wizard, form: dict[str, str]) -> Turn:
    """Keeps a time for every visit, or for none of them."""
    if wrong := rhythms.errors(await rhythm(tx, one)):
        return Turn(one, wrong)
    chosen = {key.removeprefix("visit_"): value for key, value in form.items() if key.startswith("visit_") and value}
    one = replace(one, answers=replace(one.answers, others=dict(list(chosen.items())[:MOST]), series="yes"))
    planned = await plan(house, tx, one)
    if not planned or any(visit.chosen is None for visit in planned):
        await release(house, tx, one)
        return Turn(one, {"series": NO_ROOM})
    try:
        await rhythms.hold(house, tx, f"{actor.kind}:{actor.id}", await rhythm(tx, one), planned)
    except SlotTaken:
        return Turn(one, {"series": TAKEN}, raced=True)
    except NotReached as refusal:
        return Turn(one, {"series": refusal.told(own=one.own)}, raced=True)
    others = {str(visit.number): str(visit.chosen.id) for visit in planned if visit.chosen}
    return Turn(replace(one, answers=replace(one.answers, others=others)))


async def release(house: House, tx: Transaction, one: Wizard) -> None:
    """Gives back what is held for the further visits."""
    await rhythms.release(house, tx, one.owner)


async def renew(house: House, tx: Transaction, draft: str) -> Hold:
    """Another five minutes for what a draft holds, the further visits' times too; HoldEnded when it is too late."""
    async with together(house, tx):
        for kept in await claims.holds_like(tx, f"{draft}:"):
            if kept.expires_at > house.clock.now():
                await holding.renew(house, tx, kept.owner)
    return await holding.renew(house, tx, draft)


async def later(tx: Transaction, one: Appointment) -> list[Appointment]:
    """The visits of its series that come after it and still stand."""
    if one.series is None or one.starts is None:
        return []
    found = await appointments.of_series(tx, one.series)
    return [
        other
        for other in found
        if other.id != one.id and other.starts and other.starts > one.starts and other.status in MOVABLE
    ]


async def cancel_rest(
    house: House, tx: Transaction, actor: Actor, rest: list[UUID], reason: CancelReason, note: str
) -> tuple[list[Appointment], list[Appointment]]:
    """Cancels these visits too; and those that stand, because the system that keeps the calendars did not do it."""
    ended, stand = [], []
    for each in rest:
        one = await appointments.read(tx, each)
        if one is None or one.status not in CANCELLABLE:
            continue
        try:
            async with tx.connection.transaction():  # a savepoint: this one alone stands
                ended.append(await cancelling.cancel(house, tx, actor, each, reason, note))
        except NotReached:
            stand.append(one)
    return ended, stand


async def move_rest(
    house: House, tx: Transaction, actor: Actor, before: Appointment, after: Appointment
) -> list[Appointment]:
    """The later visits by as much, on the wall's clock; Stuck when one of them cannot, and nothing has moved then."""
    assert before.starts
    assert after.starts
    zone = ZoneInfo(after.wall) if after.wall else house.settings.clinic.tz
    was, now = before.starts.astimezone(zone), after.starts.astimezone(zone)
    days, moved = (now.date() - was.date()).days, []
    rest = await later(tx, before)
    dues = {}
    for one in sorted(rest, key=lambda each: each.starts or was, reverse=days >= 0):  # the last first: it makes room
        assert one.starts
        wall = one.starts.astimezone(zone)
        shift = datetime.combine(wall.date(), now.time()) - datetime.combine(wall.date(), was.time())
        due = datetime.combine(wall.date(), wall.time()) + shift + timedelta(days=days)
        dues[one.id] = one, instant(due.date(), due.time(), zone)
    for one, at in dues.values():
        what = Wanted(one.service or "", practitioner=after.practitioner or "", location=after.location or "")
        spans = [(each, each + _MOMENT) for other, each in dues.values() if other.service == one.service]
        await elsewhere.fresh_spans(house, tx, what, spans)
        target = await slots.at(tx, await slots.schedules(tx, what), at)
        if target is None:
            raise Stuck
        try:
            moved.append(await move(house, tx, actor, Move(one.id, target, anywhere=True)))
        except (SlotTaken, PatientBusy, CannotMove, NotYet) as refusal:
            raise Stuck from refusal
    return moved


PART = N_(
    "The other system moved only some of these visits, and could not move them back. Moved: %(moved)s. Where they were:"
    " %(stayed)s."
)


def said_of(house: House, actor: Actor, part: Partly) -> str:
    """What stands after a series was moved in part, in the reader's language."""
    zone, language = house.settings.clinic.tz, actor.language
    moved = [" → ".join(format_datetime(at, language, zone, "short") for at in pair) for pair in part.moved]
    stayed = [format_datetime(at, language, zone, "short") for at in part.stayed]
    return translate(language, PART, moved="; ".join(moved), stayed="; ".join(stayed) or "–")
