"""What a resource must satisfy to be taken in: enough for the house to rely on it, the rest is kept as it is."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from sportello.fhir.r4 import CODES, DATE, ID, REQUIRED, TYPES
from sportello.fhir.references import references, well_formed
from sportello.kit.i18n import N_

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/\s]{4,}|[=\s])*")
_MANY = 20


class Fault(Struct, frozen=True):
    """One reason for refusing a resource: a message id with its parameters, so that it can be told in any language."""

    reason: str
    params: dict[str, str] = {}

    def __str__(self) -> str:
        return self.reason % self.params


def faults(resource: object, named: Sequence[str] | None = None) -> list[Fault]:
    """Every reason not to take the resource in; empty when it is fine. `named` are its references, if known."""
    if not isinstance(resource, dict):
        return [Fault(N_("a resource must be a JSON object"))]
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in TYPES:
        return [Fault(N_("resourceType %(type)s is not a FHIR R4 resource type"), {"type": _brief(kind)})]
    named = references(resource) if named is None else named
    found = [*_identity(resource), *_elements(resource), *_references(named), *_invariants(resource)]
    return found[:_MANY]


def _identity(resource: dict[str, Any]) -> Iterator[Fault]:
    given = resource.get("id")
    if given is not None and not (isinstance(given, str) and ID.fullmatch(given)):
        yield Fault(N_("id %(id)s: expected 1 to 64 letters, digits, dots and hyphens"), {"id": _brief(given)})


def _elements(resource: dict[str, Any]) -> Iterator[Fault]:
    kind = resource["resourceType"]
    for field in REQUIRED.get(kind, ()):
        if resource.get(field) in (None, "", [], {}) and f"_{field}" not in resource:
            yield Fault(N_("%(type)s.%(field)s is required"), {"type": kind, "field": field})
    for field in ("status", "intent", "gender", "lifecycleStatus", "criticality"):
        codes = CODES.get((kind, field))
        given = resource.get(field)
        if codes and given is not None and (not isinstance(given, str) or given not in codes):
            yield Fault(
                N_("%(type)s.%(field)s: %(value)s is not one of %(codes)s"),
                {"type": kind, "field": field, "value": _brief(given), "codes": ", ".join(sorted(codes))},
            )
    for field in ("birthDate", "start", "end", "effectiveDateTime", "onsetDateTime", "authoredOn", "recordedDate"):
        given = resource.get(field)
        if given is not None and not (isinstance(given, str) and DATE.fullmatch(given)):
            yield Fault(
                N_("%(type)s.%(field)s: %(value)s is not a FHIR date"),
                {"type": kind, "field": field, "value": _brief(given)},
            )


def _references(named: Sequence[str]) -> Iterator[Fault]:
    for reference in named:
        if not well_formed(reference):
            yield Fault(N_("reference %(reference)s has no shape FHIR knows"), {"reference": _brief(reference)})


def _invariants(resource: dict[str, Any]) -> Iterator[Fault]:
    match resource["resourceType"]:
        case "Appointment":
            yield from _appointment(resource)
        case "Questionnaire" | "QuestionnaireResponse":
            if where := _without_link(resource.get("item"), "item"):
                yield Fault(N_("%(where)s.linkId is required"), {"where": where})
        case "Binary" | "DocumentReference" | "DiagnosticReport" | "Patient" | "Practitioner":
            data: list[str] = []
            _gather_data(resource, data)
            for one in data:
                if not _BASE64.fullmatch(one):
                    yield Fault(N_("data is not base64"))


def _appointment(resource: dict[str, Any]) -> Iterator[Fault]:
    """app-1 to app-4 of http://hl7.org/fhir/R4/appointment.html."""
    participants = resource.get("participant")
    for one in participants if isinstance(participants, list) else []:
        if isinstance(one, dict) and not one.get("type") and not one.get("actor"):
            yield Fault(N_("app-1: a participant needs a type or an actor"))
    if ("start" in resource) != ("end" in resource):
        yield Fault(N_("app-2: start and end come together"))
    status = resource.get("status")
    if "start" not in resource and status not in ("proposed", "cancelled", "waitlist"):
        yield Fault(N_("app-3: only proposed, cancelled and waitlist may lack times"))
    if "cancelationReason" in resource and status not in ("cancelled", "noshow"):
        yield Fault(N_("app-4: a cancelation reason only when cancelled or noshow"))


def _without_link(items: object, path: str) -> str | None:
    for place, item in enumerate(items if isinstance(items, list) else []):
        here = f"{path}[{place}]"
        if not isinstance(item, dict) or not item.get("linkId"):
            return here
        if inner := _without_link(item.get("item"), f"{here}.item"):
            return inner
    return None


def _gather_data(value: object, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key == "data":
                    found.append(inner)
            elif isinstance(inner, (dict, list)):
                _gather_data(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _gather_data(inner, found)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
