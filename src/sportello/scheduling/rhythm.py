"""A series as it is asked for: the first time, how many visits, one every so many days or weeks; and its times, near
those days, to be held and booked all together or not at all."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import elsewhere, holding
from sportello.scheduling.elsewhere_together import together
from sportello.scheduling.generating import instant
from sportello.scheduling.store import appointments, claims, slots
from sportello.scheduling.store.slots import Slot, Wanted

MOST, ALTERNATIVES = 20, 5
WEEK = timedelta(days=7)
AROUND = timedelta(days=3)  # how far from its day a visit of a series may be
COUNT = N_("Write how many visits: 2 to 20.")
EVERY = N_("Write a whole number from 1 to 12.")


class Rhythm(Struct, frozen=True, kw_only=True):
    """Whose, from which time on, and how often; `owner` holds the times, `others` are chosen ones by their number."""

    patient: str
    owner: str
    first: int
    wanted: Wanted
    virtual: bool
    count: str
    every: str
    unit: str
    others: dict[str, str] = {}


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


def around(first: datetime, days: list[datetime]) -> list[tuple[datetime, datetime]]:
    """The stretches of time in which visits of these days may be: those that touch are one, up to a week."""
    spans: list[tuple[datetime, datetime]] = []
    for day in days:
        since, until = max(day - AROUND, first), day + AROUND
        if spans and since <= spans[-1][1]:
            begun, since = spans[-1]
            if until - begun <= WEEK:
                spans[-1] = begun, until
                continue
        spans.append((since, until))
    return spans


async def plan(house: House, tx: Transaction, one: Rhythm) -> list[Planned]:
    """The further visits as they could be booked: on their day at their time, or near it."""
    found = await slots.offered(tx, one.first, one.wanted) if one.first else None
    if found is None or errors(one):
        return []
    zone = house.settings.clinic.tz if one.virtual else ZoneInfo(found.wall)
    what = Wanted(one.wanted.service, one.wanted.specialty, found.practitioner, found.location)
    calendars = await slots.schedules(tx, what)
    before, planned = found.starts, []
    days = dues(found.starts, int(one.count), int(one.every), one.unit, zone)
    copied = await elsewhere.fresh_spans(house, tx, what, around(found.starts, days))
    only = one.wanted.service if copied else ""
    for number, due in enumerate(days, 2):
        near = await _near(tx, one, calendars, due, before, zone.key, only)
        picked = next((slot for slot in near if str(slot.id) == one.others.get(str(number))), None)
        exact = next((slot for slot in near if slot.starts == due), None)
        chosen = picked or exact or (near[0] if near else None)
        planned.append(Planned(number, due, chosen, near))
        before = (chosen or found).starts if chosen else due
    return planned


async def _near(
    tx: Transaction, one: Rhythm, calendars: list[str], due: datetime, before: datetime, zone: str,
    copied_for: str,
) -> list[Slot]:  # fmt: skip
    """Free times around a day, those that the draft holds itself included; the nearest first."""
    span = min(AROUND, (due - before) / 2) if due > before else AROUND
    since, until = max(due - span, before + timedelta(minutes=1)), due + span + timedelta(minutes=1)
    free = await slots.free(tx, calendars, since, until, (0, 24), zone, 200, copied_for=copied_for)
    held = [kept for kept in await claims.holds_like(tx, f"{one.owner}:") if since <= kept.starts < until]
    free += await slots.whole(tx, [kept.slot for kept in held])
    unique = {slot.id: slot for slot in free}
    near = sorted(unique.values(), key=lambda slot: (abs(slot.starts - due), slot.starts))[:ALTERNATIVES]
    return [
        slot for slot in near if not await appointments.overlapping(tx, one.patient, slot.starts, slot.ends, but=None)
    ]


def errors(one: Rhythm) -> dict[str, str]:
    """What is wrong with it."""
    wrong = {}
    if not (one.count.isascii() and one.count.isdigit() and len(one.count) < 3 and 2 <= int(one.count) <= MOST):
        wrong["count"] = COUNT
    if not (one.every.isascii() and one.every.isdigit() and len(one.every) < 3 and 1 <= int(one.every) <= 12):
        wrong["every"] = EVERY
    if one.unit not in ("days", "weeks"):
        wrong["unit"] = EVERY
    return wrong


async def hold(house: House, tx: Transaction, by: str, one: Rhythm, planned: list[Planned]) -> None:
    """Keeps a time for every further visit, or for none of them: then SlotTaken."""
    async with tx.connection.transaction(), together(house, tx):  # a savepoint: all or none
        for visit in planned:
            assert visit.chosen
            await holding.hold(
                house, tx, owner_of(one.owner, visit.number), visit.chosen.id, Wanted(one.wanted.service), by,
                patient=one.patient,
            )  # fmt: skip


async def release(house: House, tx: Transaction, owner: str) -> None:
    """Gives back what is held for the further visits."""
    for kept in await claims.holds_like(tx, f"{owner}:"):
        await holding.release(house, tx, kept.owner)


def owner_of(owner: str, number: int) -> str:
    """Under which name a further visit's time is held."""
    return f"{owner}:{number}"
