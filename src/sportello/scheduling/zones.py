"""The rules of a time zone beside an event in a calendar file (RFC 5545, VTIMEZONE), for the years that it is about.

Of our own because icalendar writes each change at the wall time after it, where the standard wants the one before: a
calendar that does not know the zone by name would be an hour off on the day of the change.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

Span = tuple[datetime, datetime]
_STEP = timedelta(days=7)  # no zone changes twice within it


def told(starts: datetime, ends: datetime, zone: ZoneInfo) -> Span:
    """Both on the wall's clock; in an hour that comes twice both in UTC: a wall time names the first."""
    local = starts.astimezone(zone), ends.astimezone(zone)
    if any(at.utcoffset() != at.replace(fold=1 - at.fold).utcoffset() for at in local):
        return starts.astimezone(UTC), ends.astimezone(UTC)
    return local


@lru_cache(maxsize=256)
def rules_of(zone: ZoneInfo, first: int, last: int) -> Timezone:
    """What the clocks of a zone do from the year before `first` to the end of `last`."""
    made = Timezone()
    made.add("tzid", zone.key)
    at, end = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    _add(made, zone, at, at)
    while at < end:
        if _offset(at + _STEP, zone) != _offset(at, zone):
            _add(made, zone, *_change(at, at + _STEP, zone))
        at += _STEP
    return made


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last minute of the old offset and the first one of the new."""
    old = _offset(before, zone)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return before, after


def _add(made: Timezone, zone: ZoneInfo, before: datetime, after: datetime) -> None:
    local = after.astimezone(zone)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    part.add("dtstart", (after + _offset(before, zone)).replace(tzinfo=None))
    part.add("tzoffsetfrom", _offset(before, zone))
    part.add("tzoffsetto", _offset(after, zone))
    part.add("tzname", local.tzname() or zone.key)
    made.add_component(part)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
