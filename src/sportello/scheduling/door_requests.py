"""What another system asks about appointments, read from `Parameters` and proposed Appointments of FHIR R4."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.questions import Question
from sportello.scheduling.codes import Channel

CHANNEL = "urn:sportello:channel"
OFFERED = "free-"  # how the ids of proposed Appointments begin: then the slot's number, a dot, the service


class Asked(Struct, frozen=True):
    """A visit that is wanted; empty where nothing was said."""

    slot: int
    service: str
    patient: str
    reason: str
    details: str
    channel: Channel | None
    referral: str


def given(asks: Question) -> dict[str, Any]:
    """The parameters of the address, or of a posted resource Parameters; of an empty body none."""
    found: dict[str, Any] = dict(asks.pairs)
    body = asks.body
    if body is None:
        return found
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        raise Refusal(400, Issue("invalid", "expected a resource Parameters", "Parameters"))
    listed = body.get("parameter")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            values = [value for key, value in one.items() if key == "resource" or key.startswith("value")]
            found[one["name"]] = values[0] if values else None
    return found


def text(told: Mapping[str, Any], name: str) -> str:
    """A code, a string, or the id that a reference leads to."""
    value = told.get(name)
    if isinstance(value, dict):
        codings = value.get("coding")
        coding = codings[0] if isinstance(codings, list) and codings and isinstance(codings[0], dict) else value
        value = coding.get("code", value.get("reference", value.get("text")))
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 4000 or "\x00" in value:
        raise Refusal(400, Issue("value", f"{name}: expected a text", f"Parameters.parameter.where(name = '{name}')"))
    return value


def logical_id(reference: str, kind: str) -> str:
    """`x` of `Kind/x`, or of `x` alone."""
    return reference.removeprefix(f"{kind}/")


def proposed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The Appointment of `appt-resource`, or the one that `$find` answered under `appt-id`, for `patient-id`."""
    body = told.get("appt-resource")
    if isinstance(body, dict) and body.get("resourceType") == "Appointment":
        return body
    slot, _, service = logical_id(text(told, "appt-id"), "Appointment").removeprefix(OFFERED).partition(".")
    if not text(told, "appt-id").removeprefix("Appointment/").startswith(OFFERED) or not service:
        raise Refusal(400, Issue("required", "appt-resource: expected an Appointment", "Parameters.parameter"))
    patient = logical_id(text(told, "patient-id"), "Patient")
    return {
        "resourceType": "Appointment", "status": "proposed", "slot": [{"reference": f"Slot/{slot}"}],
        "serviceType": [{"coding": [{"system": "urn:sportello:service", "code": service}]}],
        "participant": [{"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}] if patient else [],
    }  # fmt: skip


def slots_of(body: Mapping[str, Any]) -> list[int]:
    """The one slot of an Appointment; raises Refusal."""
    slots = [_reference(one) for one in _dicts(body.get("slot"))]
    if len(slots) != 1:
        raise Refusal(422, Issue("required", "expected one slot", "Appointment.slot"))
    return [slot_number(slots[0])]


def appointment(body: Mapping[str, Any]) -> Asked:
    """The visit that an Appointment asks for; raises Refusal with the element at fault."""
    actors = [_reference(one.get("actor")) for one in _dicts(body.get("participant"))]
    patients = [actor.removeprefix("Patient/") for actor in actors if actor.startswith("Patient/")]
    if len(set(patients)) != 1:
        raise Refusal(422, Issue("required", "expected one patient among the participants", "Appointment.participant"))
    services = [coding.get("code") for one in _dicts(body.get("serviceType")) for coding in _dicts(one.get("coding"))]
    service = next((code for code in services if isinstance(code, str)), "")
    (slot,) = slots_of(body)
    referral = next((identifier.get("value") for one in _dicts(body.get("basedOn"))
                     for identifier in _dicts([one.get("identifier")])), "")  # fmt: skip
    channels = [one.get("valueCode") for one in _dicts(body.get("extension")) if one.get("url") == CHANNEL]
    channel = None
    if channels:
        if channels[0] not in list(Channel):
            raise Refusal(422, Issue("value", "in_person or virtual", "Appointment.extension"))
        channel = Channel(channels[0])
    return Asked(
        slot, service, patients[0], _short(body, "description", 500), _short(body, "comment", 4000),
        channel, referral if isinstance(referral, str) else "",
    )  # fmt: skip


def slot_number(reference: str) -> int:
    """The number in `Slot/12`; raises Refusal."""
    number = reference.removeprefix("Slot/")
    if not number.isdecimal() or len(number) > 18:
        raise Refusal(422, Issue("value", "expected a reference to a slot of this house", "Appointment.slot"))
    return int(number)


def own_id(asks: Question) -> UUID:
    """The appointment that an operation is asked of; raises Refusal."""
    try:
        return UUID(asks.steps[1])
    except ValueError:
        raise Refusal(404, Issue("not-found", f"Appointment/{asks.steps[1]} is not known")) from None


def _short(body: Mapping[str, Any], name: str, most: int) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Refusal(422, Issue("value", f"expected a text of at most {most} characters", f"Appointment.{name}"))
    return value.strip()


def _reference(value: Any) -> str:
    told = value.get("reference") if isinstance(value, dict) else None
    return told if isinstance(told, str) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
