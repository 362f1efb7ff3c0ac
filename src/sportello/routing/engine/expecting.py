"""What a patient in the queue is told: their place, and how long it takes, honestly or not at all.

The wait is the place divided by how many were served per minute lately, rounded up to steps people think in. It is
said only when enough were served to know. Told once, it changes only when the figure is another by more than a step.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

ENOUGH = 5  # served in the last WITHIN; with fewer nothing is said of minutes
WITHIN = timedelta(minutes=30)
_STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)


class Expectation(Struct, frozen=True):
    """A place, 1 being next, and the wait in whole minutes; None when too little is known, or it is over an hour."""

    place: int
    minutes: int | None = None


def expectation(ahead: int, served_at: Sequence[datetime], now: datetime) -> Expectation:
    """What to tell somebody before whom so many wait, when patients of this queue were served at these instants."""
    lately = sorted(at for at in served_at if now - WITHIN < at <= now)
    if len(lately) < ENOUGH:
        return Expectation(ahead + 1)
    span = (now - lately[0]).total_seconds() / 60
    return Expectation(ahead + 1, rounded((ahead + 1) * span / len(lately)))


def rounded(minutes: float) -> int | None:
    """Rounded up to a step; None over an hour: nobody plans by such a figure."""
    return next((step for step in _STEPS if minutes <= step), None)


def worth_telling(told: Expectation | None, now: Expectation) -> bool:
    """Whether a patient who was told one thing is to be told another: a better place always; a longer wait only when
    it grew by more than one step, so that figures do not jump; a place that fell back (somebody urgent came) is told
    too, for it is the truth.
    """
    if told is None or told.place != now.place:
        return True
    if told.minutes is None or now.minutes is None:
        return told.minutes is None and now.minutes is not None
    return abs(_STEPS.index(told.minutes) - _STEPS.index(now.minutes)) > 1


def steady(told: Expectation | None, now: Expectation) -> Expectation:
    """What is said next: the figure told before, as long as it is at most one step from what is known now."""
    if told is None or told.minutes is None or now.minutes is None:
        return now
    near = abs(_STEPS.index(told.minutes) - _STEPS.index(now.minutes)) <= 1
    keep = near and math.isclose(told.place, now.place, abs_tol=0)
    return Expectation(now.place, told.minutes) if keep else now
