"""A week as people write it: a line of periods for each day ("08:30-12:30, 14:00-17:00"), read and written. Pure."""

import re
from collections.abc import Mapping
from datetime import time
from itertools import pairwise

from sportello.kit.i18n import N_
from sportello.scheduling.calendar import Hours

PERIOD = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})")
MOST_PERIODS = 12

NOT_PERIODS = N_("Write periods such as 08:30-12:30, 14:00-17:00.")
OVERLAPPING = N_("These periods overlap.")
BACKWARDS = N_("A period must end after it begins.")


class NotHours(ValueError):
    """A line that cannot be read; the message id says why."""


def periods(line: str) -> list[tuple[time, time]]:
    """The periods of a line in order; none for an empty one. Raises NotHours."""
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;]", line))):
        match = PERIOD.fullmatch(part)
        if not match:
            raise NotHours(NOT_PERIODS)
        hours = [int(one) for one in match.groups()]
        try:
            begins, ends = time(hours[0], hours[1]), time(hours[2], hours[3])
        except ValueError as error:
            raise NotHours(NOT_PERIODS) from error
        if ends <= begins:
            raise NotHours(BACKWARDS)
        found.append((begins, ends))
    found.sort()
    if len(found) > MOST_PERIODS or any(left[1] > right[0] for left, right in pairwise(found)):
        raise NotHours(OVERLAPPING)
    return found


def line(hours: tuple[Hours, ...], week: int, weekday: int) -> str:
    """The line of a day."""
    own = sorted((one.begins, one.ends) for one in hours if one.week == week and one.weekday == weekday)
    return written(own)


def written(found: list[tuple[time, time]]) -> str:
    """Periods as they are written."""
    return ", ".join(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in found)


def field(week: int, weekday: int) -> str:
    """The name of a day's field in a form."""
    return f"w{week}d{weekday}"


def read(form: Mapping[str, str], cycle: int) -> tuple[tuple[Hours, ...], dict[str, str]]:
    """All days of all weeks, and what cannot be read by field."""
    found: list[Hours] = []
    errors: dict[str, str] = {}
    for week in range(cycle):
        for weekday in range(7):
            try:
                own = periods(form.get(field(week, weekday), ""))
            except NotHours as error:
                errors[field(week, weekday)] = str(error)
                continue
            found += [Hours(weekday, begins, ends, week) for begins, ends in own]
    return tuple(found), errors
