"""Reads the .ics files of caught mails, so that the mailbox can show what a calendar program would."""

from datetime import datetime

from icalendar import Calendar
from msgspec import Struct


class Invitation(Struct, frozen=True):
    """The first event of a calendar file."""

    method: str
    summary: str
    starts: datetime | None
    ends: datetime | None
    location: str
    status: str
    sequence: int


def read(text: str) -> Invitation | None:
    """What the file says, or None when it is none."""
    try:
        calendar = Calendar.from_ical(text)
    except ValueError:
        return None
    for event in calendar.walk("VEVENT"):
        return Invitation(
            method=str(calendar.get("method", "")),
            summary=str(event.get("summary", "")),
            starts=_instant(event.get("dtstart")),
            ends=_instant(event.get("dtend")),
            location=str(event.get("location", "")),
            status=str(event.get("status", "")),
            sequence=int(event.get("sequence", 0)),
        )
    return None


def _instant(value: object) -> datetime | None:
    at = getattr(value, "dt", None)
    return at if isinstance(at, datetime) else None
