"""Several visits at once: every so many days or weeks, with one practitioner, all of them or none."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import cancelling, elsewhere, holding
from sportello.scheduling import rhythm as rhythms
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.drafts import Wizard
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

NO_ROOM = N_("Not every visit has a free time near its day. Choose another beginning, or another rhythm.")
TAKEN = N_("One of these times was taken a moment ago. Look at the times again.")
NOT_ELSEWHERE = N_(
    "Several visits at once cannot be booked while another system keeps the calendars: book them singly."
)
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
    if await elsewhere.kept_elsewhere(house, tx):
        return Turn(one, {"series": NOT_ELSEWHERE})
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
    others = {str(visit.number): str(visit.chosen.id) for visit in planned if visit.chosen}
    return Turn(replace(one, answers=replace(one.answers, others=others)))


async def release(house: House, tx: Transaction, one: Wizard) -> None:
    """Gives back what is held for the further visits."""
    await rhythms.release(house, tx, one.owner)


async def renew(house: House, tx: Transaction, draft: str) -> Hold:
    """Another five minutes for what a draft holds, the further visits' times too; HoldEnded when it is too late."""
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
