"""What a resource Subscription asks for (http://hl7.org/fhir/uv/subscriptions-backport), checked before it is kept."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sportello.fhir.door.asking import asked, followed
from sportello.fhir.door.capability import KEPT
from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.visiting import Visit
from sportello.fhir.store.subscribers import Subscriber

TOPIC = "urn:sportello:topic:"
_PACKAGE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
FILTER, CONTENT = f"{_PACKAGE}backport-filter-criteria", f"{_PACKAGE}backport-payload-content"
HEARTBEAT, MOST = f"{_PACKAGE}backport-heartbeat-period", f"{_PACKAGE}backport-max-count"
_LEAST_BEAT, _LONGEST_BEAT = 10, 86_400  # seconds
CONTENTS = ("empty", "id-only", "full-resource")
_JSON = ("application/fhir+json", "application/json")
_RESERVED = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


def wanted(visit: Visit, resource: dict[str, Any]) -> Subscriber:
    """The subscriber that a Subscription describes; raises Refusal with the element at fault."""
    kind = str(resource.get("criteria", "")).removeprefix(TOPIC)
    if not str(resource.get("criteria", "")).startswith(TOPIC) or kind not in KEPT:
        raise _wrong("criteria", f"expected a topic: {TOPIC} and a type, such as {TOPIC}Appointment")
    visit.needs(kind, "r")
    channel = resource.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    if channel.get("type") != "rest-hook":
        raise _wrong("channel.type", "only rest-hook is known here")
    endpoint = channel.get("endpoint")
    if not isinstance(endpoint, str) or not _is_address(endpoint):
        raise _wrong("channel.endpoint", "expected an address that begins with https://, without a name in it")
    if channel.get("payload", _JSON[0]) not in _JSON:
        raise _wrong("channel.payload", "only application/fhir+json is written here")
    content = _extended(channel.get("_payload"), CONTENT, "valueCode") or "empty"
    if content not in CONTENTS:
        raise _wrong("channel.payload", f"expected one of {', '.join(CONTENTS)}")
    beat = _number(channel, HEARTBEAT, "valueUnsignedInt", _LEAST_BEAT, _LONGEST_BEAT)
    most = _number(channel, MOST, "valuePositiveInt", 1, 2**31 - 1)
    return Subscriber(
        str(resource["id"]), kind, _filter(visit, resource, kind), endpoint, _headers(channel), content,
        most or 50, beat, sorted(visit.actor.permissions), str(visit.actor.id), visit.actor.name, visit.base,
        "requested",
    )  # fmt: skip


def _number(channel: dict[str, Any], url: str, field: str, least: int, most: int) -> int:
    told = _extended(channel, url, field)
    if not told:
        return 0
    if not told.isascii() or not told.isdecimal() or len(told) > 10 or not least <= int(told) <= most:
        raise _wrong("channel", f"expected a number from {least} to {most}: {url}")
    return int(told)


def _filter(visit: Visit, resource: dict[str, Any], kind: str) -> str:
    """`Appointment?patient=Patient/1` as the query alone."""
    told = _extended(resource.get("_criteria"), FILTER, "valueString")
    if not told:
        return ""
    named, _, query = told.rpartition("?")
    if named not in ("", kind):
        raise _wrong("criteria", f"the filter must be a search of {kind}")
    for one in followed(asked(kind, parse_qsl(query, keep_blank_values=True), strict=True)):
        visit.needs(one, "s")
    return query


def _headers(channel: dict[str, Any]) -> list[str]:
    listed = channel.get("header", [])
    if not isinstance(listed, list) or len(listed) > 10:
        raise _wrong("channel.header", "expected at most ten headers")
    for one in listed:
        name, colon, value = one.partition(":") if isinstance(one, str) else ("", "", "")
        plain = isinstance(one, str) and one.isascii() and one.isprintable()
        if not plain or not colon or not value.strip() or name.strip().lower() in _RESERVED:
            raise _wrong("channel.header", "expected `Name: value`")
    return list(listed)


def _extended(element: Any, url: str, field: str) -> str:
    listed = element.get("extension") if isinstance(element, dict) else None
    found = (one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict))
    return next((str(one.get(field, "")) for one in found if one.get("url") == url), "")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    plain = parts.scheme == "http" and loopback  # whether it may be told at all is the poster's to say
    return bool(parts.hostname) and not parts.username and (parts.scheme == "https" or plain)


def _wrong(place: str, text: str) -> Refusal:
    return Refusal(422, Issue("value", text, f"Subscription.{place}"))
