"""When something is open, in the clinic's own time: weekly openings, holidays of a country, days that are different.

Openings are wall-clock times. On the day the clocks change a period keeps its wall-clock times: it lasts an hour more
or less. An hour that does not exist that day begins when the clocks have jumped; of an hour that comes twice the first
is meant for opening and the second for closing, so that nobody finds closed what the sign says is open.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from sportello.kit.public_holidays import UnknownHolidays, holidays_of
from sportello.routing.plan.parts import Hours

_AHEAD = 370  # days in which the next opening is looked for
Period = tuple[datetime, datetime]


def is_holiday(hours: Hours, day: date) -> bool:
    """Whether the calendar of its country, or part of one, makes it a day off; one that is not known has none."""
    try:
        return day in holidays_of(hours.holidays, day.year)
    except UnknownHolidays:
        return False


def is_open(hours: Hours | None, at: datetime, zone: ZoneInfo) -> bool:
    """Whether something is open at an instant; without hours it always is."""
    return hours is None or any(opens <= at < closes for opens, closes in _around(hours, at, zone, days=1))


def next_opening(hours: Hours | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The next instant at which it is open: `at` itself when it is; None when it does not open for a year."""
    if is_open(hours, at, zone) or hours is None:
        return at
    for days in (8, _AHEAD):
        if found := [opens for opens, _ in _around(hours, at, zone, days) if opens > at]:
            return min(found)
    return None


def next_change(hours: Hours | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The next instant after `at` at which it opens or closes; None when that never comes within a year."""
    if hours is None:
        return None
    now = is_open(hours, at, zone)
    for days in (8, _AHEAD):
        edges = sorted({edge for period in _around(hours, at, zone, days) for edge in period if edge > at})
        if found := next((edge for edge in edges if is_open(hours, edge, zone) is not now), None):
            return found
    return None


def _around(hours: Hours, at: datetime, zone: ZoneInfo, days: int) -> Iterator[Period]:
    """The periods that begin on the day before an instant, on its day, or up to so many days after; day by day."""
    today = at.astimezone(zone).date()
    for number in range(-1, days + 1):
        yield from _of_day(hours, today + timedelta(days=number), zone)


def _of_day(hours: Hours, day: date, zone: ZoneInfo) -> Iterator[Period]:
    """A day's periods: its own entries when it has some, else nothing on a holiday, else those of its weekday."""
    own = [one for one in hours.days if one.on == day]
    if own:
        times = [(one.opens, one.closes) for one in own if one.opens and one.closes]
    elif is_holiday(hours, day):
        times = []
    else:
        times = [(one.opens, one.closes) for one in hours.openings if day.isoweekday() in one.days]
    for opens, closes in times:
        ends = day if _minutes(closes) > _minutes(opens) else day + timedelta(days=1)
        yield _instant(day, opens, zone, fold=0), _instant(ends, closes, zone, fold=1)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _instant(day: date, time: str, zone: ZoneInfo, fold: int) -> datetime:
    minutes = _minutes(time)
    local = datetime.combine(day, time_of_day()) + timedelta(minutes=minutes)
    found = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # The clocks jump over it: the instant of the jump is where both readings of the gap meet.
    return _jump(local, zone)


def _jump(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant whose wall clock shows `local` or later."""
    low = local.replace(tzinfo=zone, fold=1).astimezone(UTC) - timedelta(hours=3)
    high = low + timedelta(hours=6)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
