"""Keeps the calendar as its templates say: cuts slots ahead, takes back those nobody has, marks those somebody has.

What is booked stays booked, whatever becomes of the template; it is listed as a conflict until a person has moved or
cancelled it. While another system keeps the calendars, nothing is cut.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.generating import Span, days_from, holidays_among, slots_of
from sportello.scheduling.store import claims, elsewhere, schedules
from sportello.scheduling.store.schedules import Cut, Placed


class Changed(Struct, frozen=True):
    """How many slots were added (or cut anew), taken back, and kept only for who has them."""

    added: int = 0
    withdrawn: int = 0
    kept: int = 0


async def replan(tx: Transaction, schedule: str, now: datetime, until: date | None = None) -> Changed:
    """Makes a schedule's future slots follow from its template, up to its horizon or `until`."""
    one = await schedules.placed(tx, schedule)
    return await _follow(tx, one, now, until) if one else Changed()


async def _follow(tx: Transaction, one: Placed, now: datetime, until: date | None) -> Changed:
    zone = ZoneInfo(one.zone)
    today = now.astimezone(zone).date()
    last = until or today + timedelta(weeks=one.template.weeks_ahead)
    end = datetime.combine(last, time(), tzinfo=zone).astimezone(UTC)
    await claims.lock_people(tx, [one.practitioner], one.template.resources)
    kept_here = await elsewhere.since(tx) is None
    if kept_here:
        await elsewhere.forget_copies(tx, one.template.id)
    days = [today + timedelta(days=n) for n in range((last - today).days)] if kept_here else []
    wanted = await wanted_slots(tx, one, days)
    wanted = [span for span in wanted if span[0] >= now]
    cut = await schedules.cut(tx, one.template.id, now, end + timedelta(weeks=53), copies=kept_here)
    starts = {span[0] for span in wanted}
    beyond = {one.starts for one in cut.values() if one.starts >= end and kept_here}
    gone = [old for at, old in cut.items() if at not in starts and at not in beyond and not old.orphan]
    anew = [
        span
        for span in wanted
        if (old := cut.get(span[0])) is None or old.orphan or (not _same(one, span, old) and not old.taken)
    ]
    unlike = [old for span in wanted if (old := cut.get(span[0])) and old.taken and not _same(one, span, old)]
    kept = [old.id for old in gone if old.taken] + [old.id for old in unlike]
    await schedules.withdraw(tx, [old.id for old in gone if not old.taken])
    await schedules.set_orphan(tx, kept, True)
    await schedules.set_orphan(
        tx, [old.id for span in wanted if (old := cut.get(span[0])) and old.taken and _same(one, span, old)], False
    )
    added = await schedules.put_slots(tx, one, anew)
    if added or gone or kept:
        rooms = {room for old in cut.values() for room in old.resources} | set(one.template.resources)
        await claims.settle(tx, [one.practitioner], rooms, now, end)
    return Changed(added, sum(not old.taken for old in gone), len(kept))


async def wanted_slots(tx: Transaction, one: Placed, days: Iterable[date]) -> list[Span]:
    """What a template cuts on these days, special days and holidays considered; nothing when it is not in use."""
    if not one.active:
        return []
    known = list(days)
    special = await schedules.special_days(tx, one.template.id)
    closed = holidays_among(one.holidays, known)
    return list(slots_of(one.template, ZoneInfo(one.zone), known, special, closed))


async def generate_slots(tx: Transaction, from_date: date, weeks: int) -> int:
    """Adds the slots of all templates in use for `weeks` weeks from a day, past ones too; how many were added."""
    added = 0
    if await elsewhere.since(tx):
        return 0
    for one in await schedules.all_placed(tx):
        spans = await wanted_slots(tx, one, days_from(from_date, weeks))
        if not spans:
            continue
        added += (made := await schedules.put_slots(tx, one, spans))
        who, rooms, since, until = [one.practitioner], one.template.resources, spans[0][0], spans[-1][1]
        if made and await claims.concerned(tx, who, rooms, since, until):
            await claims.lock_people(tx, who, rooms)
            await claims.settle(tx, who, rooms, since, until)
    return added


def _same(one: Placed, span: Span, old: Cut) -> bool:
    template = one.template
    return (span[1], template.before, template.after, template.seats, set(template.resources)) == (
        old.ends, old.before, old.after, old.seats, set(old.resources),
    )  # fmt: skip
