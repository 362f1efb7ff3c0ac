"""What is asked of the door and what it answers, whether by HTTP or as an entry of a bundle."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.rendering import whole
from sportello.fhir.store.finding import Found

JSON_PATCH = "application/json-patch+json"


class Question(Struct, frozen=True):
    """A request: `steps` of the address behind the door's own, `pairs` of its query, `body` as it was decoded."""

    method: str
    steps: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    body: Any = None
    patch: str = JSON_PATCH
    if_match: str = ""
    if_none_match: str = ""
    if_none_exist: str = ""
    prefer: str = ""

    @property
    def kind(self) -> str:
        return self.steps[0]


class Answer(Struct, frozen=True):
    """What is answered; of a single resource also its version and time."""

    status: int
    body: dict[str, Any] | None = None
    version: int | None = None
    updated: datetime | None = None
    location: str = ""
    headers: dict[str, str] = {}


def of_resource(found: Found, status: int = 200, base: str = "", prefer: str = "representation") -> Answer:
    """A single resource, or as `Prefer: return=` wants it."""
    location = f"{base}/{found.kind}/{found.id}/_history/{found.version}" if base else ""
    body = None if prefer == "minimal" else whole(found)
    return Answer(status, body, found.version, found.updated, location)


def tag(version: int) -> str:
    """The weak ETag of a version."""
    return f'W/"{version}"'


def expected(header: str) -> int | None:
    """The version of an If-Match; raises Refusal for anything but one ETag."""
    if not header.strip():
        return None
    number = header.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Refusal(412, Issue("conflict", f"If-Match {header[:60]} names no version of this door", "http.If-Match"))
    return int(number)
