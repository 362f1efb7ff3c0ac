"""Reads a calendar file with a library that did not write it, knowing no zone but by the rules in the file itself."""

from datetime import UTC, datetime
from typing import Any

import vobject

_ZONES = vars(vobject.icalendar)[
    "__tzidMap"
]  # of the whole process: what another file said of a zone would be believed


def read_calendar(text: str) -> Any:
    """The calendar."""
    for known in [key for key in _ZONES if key != "UTC"]:
        del _ZONES[known]
    return vobject.readOne(text)


def instants(text: str) -> dict[str, tuple[datetime, datetime]]:
    """When each event begins and ends, by its uid without the house."""
    return {
        event.uid.value.partition("@")[0]: (
            event.dtstart.value.astimezone(UTC), event.dtend.value.astimezone(UTC),
        ) for event in read_calendar(text).vevent_list
    }  # fmt: skip
