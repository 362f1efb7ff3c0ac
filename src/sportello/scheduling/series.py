"""Several visits at once: every so many days or weeks, with one practitioner, all of them or none."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import cancelling, elsewhere, holding
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.generating import instant
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.picking import Turn, wanted
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.rules import CANCELLABLE, MOVABLE
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, claims, slots
from sportello.scheduling.store.claims import Hold
from sportello.scheduling.store.slots import Slot, Wanted

MOST, ALTERNATIVES = 20, 5
AROUND = timedelta(days=3)  # how far from its day a visit of a series may be
COUNT = N_("Write how many visits: 2 to 20.")
EVERY = N_("Write a whole number from 1 to 12.")
NO_ROOM = N_("Not every visit has a free time near its day. Choose another beginning, or another rhythm.")
TAKEN = N_("One of these times was taken a moment ago. Look at the times again.")
NOT_ELSEWHERE = N_(
    "Several visits at once cannot be booked while another system keeps the calendars: book them singly."
)
STUCK = N_("The later visits cannot all move along: their times are not free. Nothing was moved.")


class Stuck(Exception):
    """The rest of a series cannot move along."""


class Planned(Struct, frozen=True):
    """A further visit of the series: when it is due, the time chosen for it (the nearest, at first), and others."""

    number: int
    due: datetime
    chosen: Slot | None
    others: list[Slot]


def dues(first: datetime, count: int, every: int, unit: str, zone: ZoneInfo) -> list[datetime]:
    """When the further visits are due: at the same time of the wall, whatever clocks do meanwhile."""
    wall = first.astimezone(zone)
    step = timedelta(days=every * (7 if unit == "weeks" else 1))
    return [instant((wall + step * n).date(), wall.time(), zone) for n in range(1, count)]


async def plan(house: House, tx: Transaction, one: Wizard) -> list[Planned]:
    """The further visits as they could be booked: on their day at their time, or near it."""
    said = one.answers
    found = await slots.offered(tx, said.slot, await wanted(tx, one)) if said.slot else None
    if found is None or errors(one):
        return []
    zone = ZoneInfo(found.wall)
    what = Wanted(said.service, said.specialty, found.practitioner, found.location)
    calendars = await slots.schedules(tx, what)
    before, planned = found.starts, []
    for number, due in enumerate(dues(found.starts, int(said.count), int(said.every), said.unit, zone), 2):
        near = await _near(tx, one, calendars, due, before, zone.key)
        picked = next((slot for slot in near if str(slot.id) == said.others.get(str(number))), None)
        exact = next((slot for slot in near if slot.starts == due), None)
        chosen = picked or exact or (near[0] if near else None)
        planned.append(Planned(number, due, chosen, near))
        before = (chosen or found).starts if chosen else due
    return planned


async def _near(
    tx: Transaction, one: Wizard, calendars: list[str], due: datetime, before: datetime, zone: str
) -> list[Slot]:
    """Free times around a day, those that the draft holds itself included; the nearest first."""
    span = min(AROUND, (due - before) / 2) if due > before else AROUND
    since, until = max(due - span, before + timedelta(minutes=1)), due + span + timedelta(minutes=1)
    free = await slots.free(tx, calendars, since, until, (0, 24), zone, 200)
    held = [kept for kept in await claims.holds_like(tx, f"{one.owner}:") if since <= kept.starts < until]
    free += await slots.whole(tx, [kept.slot for kept in held])
    unique = {slot.id: slot for slot in free}
    near = sorted(unique.values(), key=lambda slot: (abs(slot.starts - due), slot.starts))[:ALTERNATIVES]
    return [
        slot for slot in near if not await appointments.overlapping(tx, one.patient, slot.starts, slot.ends, but=None)
    ]


def errors(one: Wizard) -> dict[str, str]:
    """What is wrong with the rhythm."""
    said, wrong = one.answers, {}
    if not (said.count.isascii() and said.count.isdigit() and len(said.count) < 3 and 2 <= int(said.count) <= MOST):
        wrong["count"] = COUNT
    if not (said.every.isascii() and said.every.isdigit() and len(said.every) < 3 and 1 <= int(said.every) <= 12):
        wrong["every"] = EVERY
    if said.unit not in ("days", "weeks"):
        wrong["unit"] = EVERY
    return wrong


async def hold_all(house: House, tx: Transaction, actor: Actor, one: Wizard, form: dict[str, str]) -> Turn:
    """Keeps a time for every visit, or for none of them."""
    if await elsewhere.kept_elsewhere(house, tx):
        return Turn(one, {"series": NOT_ELSEWHERE})
    if wrong := errors(one):
        return Turn(one, wrong)
    chosen = {key.removeprefix("visit_"): value for key, value in form.items() if key.startswith("visit_") and value}
    one = replace(one, answers=replace(one.answers, others=dict(list(chosen.items())[:MOST]), series="yes"))
    planned = await plan(house, tx, one)
    if not planned or any(visit.chosen is None for visit in planned):
        await release(house, tx, one)
        return Turn(one, {"series": NO_ROOM})
    what = await wanted(tx, one)
    try:
        async with tx.connection.transaction():  # a savepoint: all or none
            for visit in planned:
                assert visit.chosen
                await holding.hold(
                    house, tx, owner(one, visit.number), visit.chosen.id, Wanted(what.service),
                    f"{actor.kind}:{actor.id}",
                )  # fmt: skip
    except SlotTaken:
        return Turn(one, {"series": TAKEN}, raced=True)
    others = {str(visit.number): str(visit.chosen.id) for visit in planned if visit.chosen}
    return Turn(replace(one, answers=replace(one.answers, others=others)))


async def release(house: House, tx: Transaction, one: Wizard) -> None:
    """Gives back what is held for the further visits."""
    for kept in await claims.holds_like(tx, f"{one.owner}:"):
        await holding.release(house, tx, kept.owner)


async def renew(house: House, tx: Transaction, draft: str) -> Hold:
    """Another five minutes for what a draft holds, the further visits' times too; HoldEnded when it is too late."""
    for kept in await claims.holds_like(tx, f"{draft}:"):
        if kept.expires_at > house.clock.now():
            await holding.renew(house, tx, kept.owner)
    return await holding.renew(house, tx, draft)


def owner(one: Wizard, number: int) -> str:
    """Under which name a further visit's time is held."""
    return f"{one.owner}:{number}"


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
) -> list[Appointment]:
    """Cancels these visits too."""
    ended = []
    for each in rest:
        one = await appointments.read(tx, each)
        if one and one.status in CANCELLABLE:
            ended.append(await cancelling.cancel(house, tx, actor, each, reason, note))
    return ended


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
    for one in sorted(rest, key=lambda each: each.starts or was, reverse=days >= 0):  # the last first: it makes room
        assert one.starts
        wall = one.starts.astimezone(zone)
        shift = datetime.combine(wall.date(), now.time()) - datetime.combine(wall.date(), was.time())
        due = datetime.combine(wall.date(), wall.time()) + shift + timedelta(days=days)
        what = Wanted(one.service or "", practitioner=after.practitioner or "", location=after.location or "")
        target = await slots.at(tx, await slots.schedules(tx, what), instant(due.date(), due.time(), zone))
        if target is None:
            raise Stuck
        try:
            moved.append(await move(house, tx, actor, Move(one.id, target, anywhere=True)))
        except (SlotTaken, PatientBusy, CannotMove, NotYet) as refusal:
            raise Stuck from refusal
    return moved
