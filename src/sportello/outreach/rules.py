"""When a mail is tried again or given up, when it is quiet, and when to remind; pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A mail server may be away over lunch or over night; after a day somebody must look.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800, 3600, 4 * 3600, 8 * 3600, 12 * 3600))
ONCE = frozenset({"reminder", "offer"})  # rather not at all than twice
AHEAD = ONCE | {"link"}  # what only makes sense before a visit that stands
MOST_WINDOWS = 4
_WINDOW = re.compile(r"([1-9]\d{0,2})([dh])")
_SOONEST = timedelta(minutes=15)  # later than this before a visit nobody needs to be reminded


def next_try(tries: int) -> timedelta | None:
    """How long after the failed try number `tries` (1 is the first) to try again; None when it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def is_obsolete(kind: str, sequence: int, status: str, current: int) -> bool:
    """Whether a letter would tell the patient something that is no longer so."""
    stands = ("booked", "pending", *(("waitlist",) if kind == "offer" else ()))
    if kind in AHEAD and status not in stands:
        return True
    return sequence != current or (status == "cancelled") != (kind == "cancelled")


def loud_at(at: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in; equal times mean that none are quiet."""
    span = _quiet(at, quiet_from, quiet_until, zone)
    return span[1] if span else at


def _quiet(at: datetime, begins: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The quiet hours that a moment lies in, by the wall clock, also over a night in which clocks change."""
    if begins == ends:
        return None
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        start = _wall(datetime.combine(day, begins), zone)
        end = _wall(datetime.combine(day + timedelta(days=begins > ends), ends), zone)
        if start <= at < end:
            return start, end
    return None


def due_at(starts: datetime, window: str, zone: ZoneInfo, quiet: tuple[time, time]) -> datetime:
    """When a reminder goes out: days before by the wall clock, hours before by the clock that never jumps.

    What falls into quiet hours comes just before them: a visit at 8 is not told of at its own time.
    """
    count, unit = parsed(window)
    if unit == "h":
        at = starts.astimezone(UTC) - timedelta(hours=count)  # local arithmetic would go by the wall clock
    else:
        local = starts.astimezone(zone).replace(tzinfo=None)
        at = _wall(local - timedelta(days=count), zone)
    span = _quiet(at, *quiet, zone)
    return span[0] - timedelta(minutes=1) if span else at


def _wall(local: datetime, zone: ZoneInfo) -> datetime:
    """An instant of the wall clock; in an hour that is skipped, as much later as the clock jumps."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def next_due(
    starts: datetime, windows: Sequence[str], zone: ZoneInfo, quiet: tuple[time, time], after: datetime
) -> tuple[datetime, str] | None:
    """The next reminder after a moment, and of which window."""
    found = [(due_at(starts, window, zone, quiet), window) for window in windows]
    return min((one for one in found if after < one[0] <= starts - _SOONEST), default=None)


def parsed(window: str) -> tuple[int, str]:
    """`2d` is two days, `3h` three hours; ValueError for anything else."""
    found = _WINDOW.fullmatch(window)
    if not found:
        raise ValueError(window)
    count, unit = int(found[1]), found[2]
    if count > (90 if unit == "d" else 240):
        raise ValueError(window)
    return count, unit


def windows_of(text: str) -> tuple[str, ...]:
    """What somebody wrote on the screen ("2d 3h", "2d, 3h"); empty for none; ValueError for what is no time."""
    found = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    if len(found) > MOST_WINDOWS:
        raise ValueError(text)
    for one in found:
        parsed(one)
    return found
