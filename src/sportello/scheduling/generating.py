"""Cuts a working week into slots: wall time counts at a day's edges, between them time runs in UTC.

So the hour that daylight saving skips makes no slots, and the hour it repeats makes them twice.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sportello.scheduling.calendar import Hours, WeeklyTemplate


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which clocks on the wall show `wall`: the earlier one when they show it twice.

    A wall time that is skipped means the moment of the change (PEP 495: fold 0 reads it with the offset before).
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def pieces(day: date, hours: Hours, minutes: int, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Slots of `minutes` that fit whole between opening and closing of one day, in UTC."""
    step = timedelta(minutes=minutes)
    starts, closes = instant(day, hours.begins, zone), instant(day, hours.ends, zone)
    while starts + step <= closes:
        yield starts, starts + step
        starts += step


def slots_of(template: WeeklyTemplate, zone: ZoneInfo, days: Iterable[date]) -> Iterator[tuple[datetime, datetime]]:
    """All slots of a template on the days given."""
    for day in days:
        if (template.valid_from and day < template.valid_from) or (template.valid_until and day > template.valid_until):
            continue
        for hours in template.hours:
            if hours.weekday == day.weekday():
                yield from pieces(day, hours, template.minutes, zone)


def days_from(first: date, weeks: int) -> list[date]:
    """The days of `weeks` weeks."""
    return [first + timedelta(days=number) for number in range(weeks * 7)]
