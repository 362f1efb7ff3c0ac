"""What may happen to an appointment, a hold and a draft; pure, so that every refusal is a line in a test."""

import math
from datetime import datetime, timedelta

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.scheduling.codes import AppointmentStatus, Channel

S = AppointmentStatus

# FHIR names the states and leaves the moves to the house; these are ours.
MOVES: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    S.PROPOSED: frozenset({S.PENDING, S.BOOKED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.PENDING: frozenset({S.BOOKED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    # A virtual visit that is moved waits for its link again.
    S.BOOKED: frozenset({S.PENDING, S.ARRIVED, S.CHECKED_IN, S.FULFILLED, S.NO_SHOW, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.ARRIVED: frozenset({S.CHECKED_IN, S.FULFILLED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.CHECKED_IN: frozenset({S.FULFILLED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.WAITLIST: frozenset({S.PENDING, S.BOOKED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.FULFILLED: frozenset({S.ENTERED_IN_ERROR}),
    S.NO_SHOW: frozenset({S.ENTERED_IN_ERROR}),
    S.CANCELLED: frozenset({S.ENTERED_IN_ERROR}),
    S.ENTERED_IN_ERROR: frozenset(),
}
KEEPS_ITS_SLOT = frozenset({S.PENDING, S.BOOKED, S.ARRIVED, S.CHECKED_IN, S.FULFILLED})
MOVABLE = frozenset({S.PENDING, S.BOOKED})
CANCELLABLE = frozenset(state for state, targets in MOVES.items() if S.CANCELLED in targets)


ATTENDING = (S.ARRIVED, S.CHECKED_IN, S.FULFILLED, S.NO_SHOW)
EARLIEST = timedelta(hours=12)  # before its time a patient may be said to have arrived


def may_attend(to: AppointmentStatus, starts: datetime | None, now: datetime) -> bool:
    """Whether it can be so already: arrived within half a day before, seen or not come only once it has begun."""
    if starts is None or to is S.ENTERED_IN_ERROR:
        return True
    return now >= (starts if to in (S.NO_SHOW, S.FULFILLED) else starts - EARLIEST)


class IllegalMove(Exception):
    """The appointment's status does not allow this."""


def moved(status: AppointmentStatus, to: AppointmentStatus) -> AppointmentStatus:
    """The new status, or IllegalMove."""
    if to not in MOVES[status]:
        raise IllegalMove(f"{status} -> {to}")
    return to


def status_when_scheduled(channel: Channel) -> AppointmentStatus:
    """In person a visit is booked at once; a virtual one is pending until its link exists."""
    return S.PENDING if channel is Channel.VIRTUAL else S.BOOKED


# A hold lasts five minutes, is renewed while its wizard is open, and ends after fifteen at the latest.
HOLD = timedelta(minutes=5)
LONGEST_HOLD = timedelta(minutes=15)


def hold_until(now: datetime, last: datetime) -> datetime:
    """When a hold taken or renewed now expires, given the moment beyond which none may last."""
    return min(now + HOLD, last)


SHORTEST_OFFER = timedelta(minutes=15)  # less is no time to answer


def offer_until(now: datetime, letter: datetime, minutes: int, starts: datetime, *, called: bool) -> datetime | None:
    """Until when an offer stands, counted from when its letter may go; never nearer to the time itself than it should.

    None when there is too little time to answer: after the letter, or, where staff can call instead (`called`), at all.
    """
    until = min(max(now, letter) + timedelta(minutes=minutes), starts - SHORTEST_OFFER)
    return until if until >= (now if called else max(now, letter)) + SHORTEST_OFFER else None


# The link maker's patience: after these pauses (seconds) a person is told, and may try again.
LINK_PAUSES = (2, 10, 60, 300)


def next_link_try(tries: int) -> timedelta | None:
    """How long after the failed try number `tries` (1 is the first) to try again; None when it is a person's turn."""
    return timedelta(seconds=LINK_PAUSES[tries - 1]) if tries <= len(LINK_PAUSES) else None


PARTS_OF_DAY: dict[str, tuple[int, int]] = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
_EARTH_KM = 6371.0


def straight_line(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometres between two points (degrees of latitude and longitude) as the crow flies."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (here, there))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def common_prefix(left: str, right: str) -> int:
    """How many leading characters two postal codes share: the nearness that needs no map."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


MOST_OVERBOOKED = 9  # visits at one time beyond which nobody can be served


def next_seat(taken: set[int], seats: int, *, beyond: bool = False) -> int | None:
    """The lowest free seat of a time that has so many, `beyond` also some more; None when all are taken."""
    most = seats + MOST_OVERBOOKED if beyond else seats
    return next((seat for seat in range(1, most + 1) if seat not in taken), None)


class Movable(Struct, frozen=True):
    """What a reschedule must know of an appointment."""

    status: AppointmentStatus
    practitioner: str | None
    location: str | None
    channel: Channel | None


MISSING = {
    "practitioner": N_("This appointment cannot be moved: its practitioner is missing."),
    "location": N_("This appointment cannot be moved: its location is missing."),
    "channel": N_("This appointment cannot be moved: whether it is in person or virtual is missing."),
}
NOT_MOVABLE = N_("This appointment can no longer be moved.")


def why_not_movable(appointment: Movable) -> str | None:
    """The message id of why a reschedule is refused, or None: what is missing is named."""
    if appointment.status not in MOVABLE:
        return NOT_MOVABLE
    return next((text for field, text in MISSING.items() if not getattr(appointment, field)), None)
