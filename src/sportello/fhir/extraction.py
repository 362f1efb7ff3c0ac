"""The search columns of a resource, by hand: ten times quicker than evaluating search parameters as FHIRPath."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct

from sportello.fhir.folding import digits, folded
from sportello.fhir.r4 import DATE, REQUIRED
from sportello.fhir.references import local_target, references

_WHEN = (
    "period", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime", "performedPeriod",
    "onsetDateTime", "onsetPeriod", "occurrenceDateTime", "occurrencePeriod", "start", "authoredOn", "authored",
    "sent", "started", "startDate", "recordedDate", "dateAsserted", "issued", "date", "created", "dateTime",
    "recorded", "executionPeriod", "billablePeriod", "planningHorizon",
)  # fmt: skip
_SUBJECTS = ("subject", "patient", "for", "beneficiary", "individual")
_CONCEPTS = (
    "code", "category", "type", "class", "vaccineCode", "medicationCodeableConcept", "specialty", "serviceType",
    "serviceCategory", "appointmentType", "reasonCode", "clinicalStatus", "verificationStatus",
    "achievementStatus",
)  # fmt: skip
_CODES = ("status", "lifecycleStatus", "intent", "gender", "criticality", "priority")
_WORDS = ("title", "description", "name", "conclusion", "comment", "valueString")
_CATEGORIES = frozenset("vital-signs laboratory imaging survey social-history exam procedure therapy activity".split())
_PEOPLE = frozenset({"Patient", "Practitioner", "Person", "RelatedPerson"})
_CLINICAL = frozenset(REQUIRED) | {
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "HealthcareService",
}
_NO_CONTROLS = re.compile(r"[\x00-\x1f]+")


# Types of which some such element is a bare code, or a concept where others have a code: `tokens` misses those.
_ODD = {("AllergyIntolerance", "category"), ("AllergyIntolerance", "type"), ("Claim", "priority"),
        ("Appointment", "priority"), ("Encounter", "priority"), ("Communication", "priority")}  # fmt: skip


class Index(Struct, frozen=True):
    """The columns beside a resource's body; `text` is folded, instants are in UTC."""

    facet: str
    patient: str | None
    encounter: str | None
    status: str | None
    at: datetime | None
    at_end: datetime | None
    tokens: list[str]
    refs: list[str]
    text: str


def index(resource: dict[str, Any], named: Sequence[str] | None = None) -> Index:
    """Never refuses: what has not the expected shape is left out of the index, not of the store.

    `named` are its references, for whoever has gathered them already.
    """
    kind = resource["resourceType"]
    at, at_end = _when(resource)
    concepts = _concepts(resource)
    tokens = dict.fromkeys(_tokens(resource, concepts))
    return Index(
        facet=_facet(kind, resource),
        patient=_patient(kind, resource),
        encounter=_encounter(kind, resource),
        status=_status(resource),
        at=at,
        at_end=at_end,
        tokens=list(tokens),
        refs=list(dict.fromkeys(filter(None, map(local_target, references(resource) if named is None else named)))),
        text=folded(" ".join(_words(kind, resource, concepts))),
    )


def is_indexed(kind: str, field: str) -> bool:
    """Whether `tokens` holds every code of an element, so that it can narrow a search."""
    known = field == "identifier" or field in _CONCEPTS or field in _CODES
    return known and kind in _CLINICAL and (kind, field) not in _ODD


def indexed_token(field: str, code: str, system: str = "*") -> str:
    """How `tokens` holds a code of an element, by default whatever its system."""
    return f"{field}|{_clean(system)}|{_clean(code)}"


def tokens_of(resource: dict[str, Any]) -> list[str]:
    """The tokens alone, without the words and references that make an index dear."""
    return list(_tokens(resource, _concepts(resource)))


def type_token(kind: str) -> str:
    """How a type is named among tokens; `tokens` does not hold it, whoever compares adds it."""
    return f"_type|*|{kind}"


def is_exact(field: str, code: str, system: str | None) -> bool:
    """Whether `tokens` alone tells that an element has the code: not of bare codes, whose system is implied, by system,
    nor of what it shortens.
    """
    whole = not _NO_CONTROLS.search(f"{code}{system or ''}") and max(len(code), len(system or "")) <= 512
    return whole and (system is None or (system != "" and system != "*" and field not in _CODES))


def span(text: object) -> tuple[datetime, datetime] | None:
    """First instant of a FHIR date of any precision and the first instant after it; None when it is none."""
    return _span(text) if isinstance(text, str) and len(text) < 60 else None


@lru_cache(maxsize=4096)
def _span(text: str) -> tuple[datetime, datetime] | None:
    if not (match := DATE.fullmatch(text)):
        return None
    try:
        if match["time"]:
            at = datetime.fromisoformat(text).astimezone(UTC)
            return at, at + timedelta(seconds=1)
        year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
        start = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return start, start + timedelta(days=1)
        if month:
            return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return start, datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _when(resource: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    for field in _WHEN:
        value = resource.get(field)
        if value is None:
            continue
        if isinstance(value, dict):
            start, end = span(value.get("start")), span(value.get("end"))
            if start or end:
                return (start or end or (None,))[0], end[1] if end else None
        elif found := span(value):
            closing = span(resource.get("end")) if field == "start" else None
            return found[0], (closing or found)[1]
    return None, None


def _facet(kind: str, resource: dict[str, Any]) -> str:
    if kind == "Observation":
        for coding in _codings(resource.get("category")):
            if isinstance(code := coding.get("code"), str) and code in _CATEGORIES:
                return f"Observation:{code}"
    return kind


def _status(resource: dict[str, Any]) -> str | None:
    for coding in _codings(resource.get("verificationStatus")):
        if coding.get("code") == "entered-in-error":
            return "entered-in-error"
    for field in ("status", "lifecycleStatus"):
        if isinstance(value := resource.get(field), str):
            return value[:64]
    for coding in _codings(resource.get("clinicalStatus")):
        if isinstance(code := coding.get("code"), str):
            return code[:64]
    return None


def _patient(kind: str, resource: dict[str, Any]) -> str | None:
    if kind == "Patient":
        return resource.get("id")
    for field in _SUBJECTS:
        for one in _many(resource.get(field)):
            if target := _target(one, "Patient"):
                return target
    actors = [one.get("actor") for one in _many(resource.get("participant"))] if kind == "Appointment" else []
    actors += [resource.get("actor")] if kind == "AppointmentResponse" else []
    return next((target for actor in actors if isinstance(actor, dict) and (target := _target(actor, "Patient"))), None)


def _encounter(kind: str, resource: dict[str, Any]) -> str | None:
    if kind == "Encounter":
        return None
    context = resource.get("context")
    for one in (*_many(resource.get("encounter")), *_many(context)):
        if target := _target(one, "Encounter"):
            return target
        for inner in _many(one.get("encounter")):  # DocumentReference.context.encounter
            if target := _target(inner, "Encounter"):
                return target
    return None


def _target(reference: dict[str, Any], kind: str) -> str | None:
    literal = reference.get("reference")
    local = local_target(literal) if isinstance(literal, str) else None
    return local.removeprefix(f"{kind}/") if local and local.startswith(f"{kind}/") else None


_Concepts = list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]


def _concepts(resource: dict[str, Any]) -> _Concepts:
    """The elements that are concepts, each with its objects and their codings: of use for tokens and for words."""
    found = []
    for field in _CONCEPTS:
        if field in resource:
            listed = _many(resource[field])
            found.append((field, listed, list(_codings(listed))))
    return found


def _tokens(resource: dict[str, Any], concepts: _Concepts) -> Iterator[str]:
    for identifier in _many(resource.get("identifier")):
        yield from _token("identifier", identifier.get("system"), identifier.get("value"))
    for field in _CODES:
        if field in resource:
            yield from _token(field, None, resource[field])
    for field, _, codings in concepts:
        for coding in codings:
            yield from _token(field, coding.get("system"), coding.get("code"))
    for label in _many((resource.get("meta") or {}).get("security") if _is_map(resource.get("meta")) else None):
        yield from _token("security", label.get("system"), label.get("code"))
    for contact in _many(resource.get("telecom")):
        if contact.get("system") == "phone":
            yield from _token("phone", None, digits(contact.get("value")))
        elif contact.get("system") == "email" and isinstance(contact.get("value"), str):
            yield from _token("email", None, contact["value"].casefold())
    if isinstance(active := resource.get("active"), bool):
        yield from _token("active", None, str(active).lower())
    yield from _token("birthdate", None, resource.get("birthDate"))


def _token(parameter: str, system: object, code: object) -> Iterator[str]:
    if isinstance(code, str) and code:
        clean = _clean(code)
        yield f"{parameter}|*|{clean}"
        if isinstance(system, str) and system:
            yield f"{parameter}|{_clean(system)}|{clean}"


def _clean(text: str) -> str:
    return (text if text.isprintable() else _NO_CONTROLS.sub(" ", text))[:512]


def _words(kind: str, resource: dict[str, Any], concepts: _Concepts) -> Iterator[str]:
    names = _many(resource.get("name")) if kind in _PEOPLE else []
    for name in names:
        for part in ("family", "text"):
            if isinstance(word := name.get(part), str):
                yield word
        for part in ("given", "prefix", "suffix"):
            several = name.get(part)
            yield from (word for word in (several if isinstance(several, list) else ()) if isinstance(word, str))
    if kind in _PEOPLE:
        for identifier in _many(resource.get("identifier")):
            if isinstance(value := identifier.get("value"), str):
                yield value
        for contact in _many(resource.get("telecom")):
            if isinstance(value := contact.get("value"), str):
                yield digits(value) if contact.get("system") == "phone" else value
        if isinstance(birth := resource.get("birthDate"), str):
            yield birth
    for _, listed, codings in concepts:
        for concept in listed:
            if isinstance(text := concept.get("text"), str):
                yield text
        yield from (d for coding in codings if isinstance(d := coding.get("display"), str))
    yield from (value for field in _WORDS if isinstance(value := resource.get(field), str))
    description = resource.get("description")
    if isinstance(description, dict) and isinstance(text := description.get("text"), str):
        yield text
    for note in _many(resource.get("note")):
        if isinstance(text := note.get("text"), str):
            yield text


def _codings(value: object) -> Iterator[dict[str, Any]]:
    for concept in _many(value):
        if "coding" in concept:
            yield from _many(concept["coding"])
        elif "code" in concept:  # a bare Coding, such as Encounter.class
            yield concept


def _many(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_map(value: object) -> bool:
    return isinstance(value, dict)
