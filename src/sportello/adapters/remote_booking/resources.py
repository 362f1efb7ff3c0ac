"""Slots and appointments of R4, read from what another system answers and written for it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sportello.scheduling.booking_port import Booked, NotReached, Offer, Ordered
from sportello.scheduling.codes import CancelReason

CHANNEL = "urn:sportello:channel"
_NEVER = datetime(1900, 1, 1, tzinfo=UTC)
_OVER = frozenset({"cancelled", "entered-in-error"})
_REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"


def resources(body: Any, kind: str) -> list[dict[str, Any]]:
    """The resources of a type in a bundle, or the resource itself."""
    if not isinstance(body, dict):
        return []
    if body.get("resourceType") == kind:
        return [body]
    found = [one.get("resource") for one in body.get("entry", []) if isinstance(one, dict)]
    return [one for one in found if isinstance(one, dict) and one.get("resourceType") == kind]


def offer_of_slot(slot: dict[str, Any], service: str, schedules: Iterable[dict[str, Any]] = ()) -> Offer:
    """A Slot, with the people and places of its Schedule when that came along."""
    reference = slot.get("schedule", {}).get("reference", "")
    actors: list[dict[str, Any]] = next(
        (one.get("actor", []) for one in schedules if reference.endswith(f"Schedule/{one.get('id')}")), []
    )
    return Offer(
        str(slot["id"]), instant(slot["start"]), instant(slot["end"]), service, *named(actors),
        version=version_of(slot),
    )  # fmt: skip


def offer_of_proposal(proposal: dict[str, Any], service: str) -> Offer:
    """A proposed Appointment as `$find` answers it."""
    actors = [one.get("actor", {}) for one in proposal.get("participant", [])]
    slots = proposal.get("slot") or [{}]
    name = str(slots[0].get("reference", "")).rpartition("Slot/")[2] or str(proposal.get("id", ""))
    return Offer(name, instant(proposal["start"]), instant(proposal["end"]), service, *named(actors))


def named(actors: Iterable[dict[str, Any]]) -> tuple[str, str, str, str]:
    """Practitioner and place among references, each with its name."""
    found = {"Practitioner": ("", ""), "Location": ("", "")}
    for one in actors:
        kind, _, name = str(one.get("reference", "")).rpartition("/")
        kind = kind.rpartition("/")[2]
        if kind in found and not found[kind][0]:
            found[kind] = (name, str(one.get("display", "")))
    return (*found["Practitioner"], *found["Location"])


def appointment(offer: Offer, order: Ordered, status: str) -> dict[str, Any]:
    """The Appointment that is to be made of an offer."""
    actors = [f"Patient/{order.patient}"]
    actors += [f"Practitioner/{offer.practitioner}"] if offer.practitioner else []
    actors += [f"Location/{offer.location}"] if offer.location else []
    return {
        "resourceType": "Appointment",
        "status": status,
        "extension": [{"url": CHANNEL, "valueCode": order.channel.value}],
        "serviceType": [{"coding": [{"code": offer.service}]}],
        **({"description": order.reason} if order.reason else {}),
        **({"comment": order.details} if order.details else {}),
        "start": written(offer.starts),
        "end": written(offer.ends),
        "slot": [{"reference": f"Slot/{offer.id}"}],
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in actors],
    }


def cancelled(one: dict[str, Any], reason: CancelReason) -> dict[str, Any]:
    """The same Appointment, ended."""
    return one | {"status": "cancelled", "cancelationReason": why(reason)}


def why(reason: CancelReason) -> dict[str, Any]:
    """The reason as R4 has it."""
    return {"coding": [{"system": _REASONS, "code": reason.value}]}


def booked(one: dict[str, Any]) -> Booked:
    """An Appointment as it stands there; NotReached when it lacks what every booked one has."""
    try:
        slots = one.get("slot") or [{}]
        slot = str(slots[0].get("reference", "")).rpartition("/")[2]
        practitioner, _, location, _ = named(each.get("actor", {}) for each in one.get("participant", []))
        status = str(one["status"])
        starts, ends = (_moment(one, name, over=status in _OVER) for name in ("start", "end"))
        return Booked(
            str(one["id"]), status, slot, starts, ends, version_of(one), None, practitioner, location,
            str(one.get("description", "")).strip(), str(one.get("comment", "")).strip(), _ended_for(one),
        )  # fmt: skip
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise NotReached("the other system's Appointment cannot be read") from error


def _moment(one: dict[str, Any], name: str, *, over: bool) -> datetime:
    """What is over needs no time in R4 (app-3)."""
    return _NEVER if over and name not in one else instant(one[name])


def _ended_for(one: dict[str, Any]) -> str:
    codings = (one.get("cancelationReason") or {}).get("coding") or [{}]
    return str(codings[0].get("code", ""))


def updated(one: dict[str, Any]) -> datetime | None:
    """`meta.lastUpdated`."""
    try:
        return instant(str(one["meta"]["lastUpdated"]))
    except (KeyError, ValueError, TypeError):
        return None


def version_of(one: dict[str, Any]) -> str:
    """`meta.versionId`."""
    meta = one.get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def instant(text: str) -> datetime:
    """An instant always has an offset; ValueError without one, for it could be any hour."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at.astimezone(UTC)


def written(at: datetime) -> str:
    """An instant in R4's form."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
