"""Cuts a working week into slots: wall time counts at a day's edges, between them time runs in UTC.

So the hour that daylight saving skips makes no slots, and the hour it repeats makes them twice.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sportello.kit.public_holidays import holidays_of
from sportello.scheduling.calendar import SpecialDay, WeeklyTemplate

Span = tuple[datetime, datetime]


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which clocks on the wall show `wall`: the earlier one when they show it twice.

    A wall time that is skipped means the moment of the change, however far within the gap it lies.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).time() == wall:
        return at
    return _change(local.replace(fold=1).astimezone(UTC), at, zone)  # PEP 495: in a gap fold 1 is read as the earlier


def _change(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment between the two at which the zone's offset changes."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def pieces(
    day: date, begins: time, ends: time, minutes: int, zone: ZoneInfo, *, before: int = 0, after: int = 0
) -> Iterator[Span]:
    """Slots of `minutes` that fit whole, with what is kept around them, between opening and closing of one day."""
    lead, step = timedelta(minutes=before), timedelta(minutes=minutes)
    opens, closes = instant(day, begins, zone), instant(day, ends, zone)
    starts = opens + lead
    while starts + step + timedelta(minutes=after) <= closes:
        yield starts, starts + step
        starts += step + timedelta(minutes=after) + lead


def slots_of(
    template: WeeklyTemplate,
    zone: ZoneInfo,
    days: Iterable[date],
    special: Mapping[date, SpecialDay] | None = None,
    closed: Collection[date] = (),
) -> Iterator[Span]:
    """All slots of a template on the days given; a special day outdoes a holiday, a holiday the template."""
    for day in days:
        if (template.valid_from and day < template.valid_from) or (template.valid_until and day > template.valid_until):
            continue
        for begins, ends in _hours(template, day, (special or {}).get(day), day in closed):
            yield from pieces(day, begins, ends, template.minutes, zone, before=template.before, after=template.after)


def _hours(
    template: WeeklyTemplate, day: date, special: SpecialDay | None, holiday: bool
) -> Iterable[tuple[time, time]]:
    if special is not None:
        return special.hours
    if holiday:
        return ()
    week = week_of(template, day)
    return [(one.begins, one.ends) for one in template.hours if one.weekday == day.weekday() and one.week == week]


def week_of(template: WeeklyTemplate, day: date) -> int:
    """Which week of the template's cycle a day is in, from 0."""
    first = template.valid_from or date.min
    monday = first - timedelta(days=first.weekday()) if first > date.min else first
    return ((day - monday).days // 7) % template.cycle


def days_from(first: date, weeks: int) -> list[date]:
    """The days of `weeks` weeks."""
    return [first + timedelta(days=number) for number in range(weeks * 7)]


def holidays_among(where: str, days: Iterable[date]) -> frozenset[date]:
    """Those of the days that are public holidays there."""
    wanted = set(days)
    return frozenset(day for year in {day.year for day in wanted} for day in holidays_of(where, year) if day in wanted)
