"""Free times for what is wanted, by day, from a date on: only slots whose status is free."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.rules import PARTS_OF_DAY
from sportello.scheduling.store import slots
from sportello.scheduling.store.slots import Slot, Wanted

DAYS_SHOWN = 5
AT_MOST = 160
NOTICE = timedelta(minutes=1)  # what begins now cannot be booked any more by the time it is picked
# Looked at in growing stretches: a busy calendar answers from the first, a rare one needs the whole horizon.
STRETCHES = (timedelta(days=14), timedelta(days=90), timedelta(days=400))


class Day(Struct, frozen=True):
    """A day of the clinic's calendar and its free times."""

    date: date
    slots: tuple[Slot, ...]


class Times(Struct, frozen=True):
    """Days with free times; `later` is the day to go on from, when there is more."""

    days: tuple[Day, ...]
    later: date | None


def earliest(day: date) -> datetime:
    """When a day begins anywhere in the world, or a little before; a search minds each place's own beginning of it."""
    return datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=1)


async def times(
    tx: Transaction,
    wanted: Wanted,
    from_day: date,
    part: str,
    now: datetime,
    zone: ZoneInfo,
    weekday: int | None = None,
    *,
    copied: bool = False,
    virtual: bool = False,
) -> Times:
    """The first days from `from_day` on that have free times in the part of the day, and on the weekday, asked for.

    Days and hours are those of each place; of `zone`, the clinic's, for a virtual visit.
    `copied`: another system keeps the calendars, and only what it told is offered.
    """
    calendars = await slots.schedules(tx, wanted)
    if not calendars:
        return Times((), None)
    since = max(now + NOTICE, earliest(from_day))
    key = zone.key if virtual else ""
    hours = PARTS_OF_DAY.get(part, (0, 24))
    for stretch in STRETCHES:
        only = wanted.service if copied else ""
        found = await slots.free(tx, calendars, since, since + stretch, hours, key, AT_MOST, weekday, only, from_day)
        if found:
            return _by_day(found, zone if virtual else None, len(found) == AT_MOST or stretch is not STRETCHES[-1])
    return Times((), None)


def _by_day(found: list[Slot], zone: ZoneInfo | None, cut: bool) -> Times:
    """The first days, whole: a day that the limit may have cut is left for later, unless it is the only one."""
    by_day = sorted(((slot.starts.astimezone(zone or ZoneInfo(slot.wall)).date(), slot) for slot in found),
                    key=lambda one: (one[0], one[1].starts))  # fmt: skip
    days = [
        Day(day, tuple(_shortest([slot for _, slot in group]))) for day, group in groupby(by_day, lambda one: one[0])
    ]
    shown = days[: min(DAYS_SHOWN, max(1, len(days) - 1))] if len(found) == AT_MOST else days[:DAYS_SHOWN]
    more = cut or len(days) > len(shown)
    return Times(tuple(shown), shown[-1].date + timedelta(days=1) if more else None)


def _shortest(found: list[Slot]) -> list[Slot]:
    """Of overlapping calendars of one person, a time is offered once, in its shortest form."""
    best: dict[tuple[str, datetime], Slot] = {}
    for slot in found:
        best.setdefault((slot.practitioner, slot.starts), slot)
    return list(best.values())
