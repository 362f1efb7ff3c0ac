"""One line of the timeline for each kind of clinical resource: what, how it turned out, who, in which state."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.kit.i18n import N_, translate
from sportello.record.codes import kind_said
from sportello.record.concepts import code_of, first_text, many, string, text_of, texts
from sportello.record.dates import When, first_when
from sportello.record.labels import STATUSES, USUAL, VITALS, said
from sportello.record.measures import Measure, measure
from sportello.record.people import Resources, name_of, person
from sportello.record.sensitivity import is_sensitive

_ENDED = frozenset({"not-done", "stopped", "cancelled", "noshow", "revoked", "rejected", "failed"})
SURVEY = N_("Survey")
_SOURCES = ("performer", "requester", "recorder", "asserter", "author", "sender", "practitioner")


class Reader(Struct, frozen=True):
    """For whom the record is put in words, what its references point to, and for those who see what is hidden from
    others, by which tokens it is. `concealed` are the `Type/id` pointed to that this reader may not know of.
    """

    language: str
    zone: ZoneInfo
    resources: Resources = {}
    hidden: frozenset[str] = frozenset()
    concealed: frozenset[str] = frozenset()

    def named(self, reference: Mapping[str, Any]) -> str | None:
        """What a reference itself calls its target; of what is hidden it would tell too much."""
        return None if reference.get("reference") in self.concealed else string(reference.get("display"))


class Item(Struct, frozen=True):
    """A line; `status` is left out when it goes without saying (`state` never), `ended` tells that it came to nothing.

    `sensitive`: it is hidden from others than its reader.
    """

    key: str
    category: str
    title: str
    detail: str | None = None
    status: str | None = None
    state: str | None = None
    sensitive: bool = False
    ended: bool = False
    when: When | None = None
    source: str | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def alerts(self) -> int:
        """How many of its results stand out."""
        return sum(one.alert is not None for one in self.measures)


def item(resource: Mapping[str, Any], category: str, reader: Reader) -> Item:
    """The line of a resource; a kind without a rule of its own is told by its code and status."""
    kind = resource["resourceType"]
    title, detail = _TOLD.get(kind, _by_code)(resource, reader)
    return Item(
        f"{kind}/{resource.get('id')}",
        category,
        title or kind_said(kind, reader.language),
        detail,
        status=said(STATUSES, _status(resource), reader.language),
        state=said(STATUSES, _any_status(resource), reader.language),
        sensitive=bool(reader.hidden) and is_sensitive(dict(resource), reader.hidden),
        ended=_status(resource) in _ENDED,
        when=moment(resource),
        source=_source(resource, reader),
        measures=(result(resource, reader),) if kind == "Observation" else (),
    )


def moment(resource: Mapping[str, Any]) -> When | None:
    """When it happened, or at least when it was written down."""
    return first_when(
        dict(resource), "period", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime",
        "performedPeriod", "onsetDateTime", "onsetPeriod", "occurrenceDateTime", "start", "authoredOn", "authored",
        "sent", "started", "recordedDate", "issued", "date", "dateTime", "created",
    )  # fmt: skip


def result(observation: Mapping[str, Any], reader: Reader, digits: int = 2) -> Measure:
    """The value of an observation under its own name."""
    name = text_of(observation.get("code"), reader.language) or "?"
    return measure(observation, name, reader.language, reader.zone, digits=digits)


def _status(resource: Mapping[str, Any]) -> str | None:
    code = _any_status(resource)
    return code if code not in USUAL else None


def _any_status(resource: Mapping[str, Any]) -> str | None:
    return code_of(resource.get("clinicalStatus")) or string(resource.get("status"))


def _source(resource: Mapping[str, Any], reader: Reader) -> str | None:
    for field in _SOURCES:
        for one in many(resource.get(field)):
            who = person(one.get("actor", one), reader.resources, reader.language)
            if who and who.kind != "Patient":
                return f"{who.name}, {who.organisation}" if who.organisation else who.name
    return None


_Told = tuple[str | None, str | None]


def _by_code(resource: Mapping[str, Any], reader: Reader) -> _Told:
    concept = resource.get("code") or resource.get("type") or resource.get("category")
    named = string(resource.get("title")) or first_text(concept, reader.language)
    described = string(resource.get("description"))
    return (named or described, described if named != described else None)


def _observation(resource: Mapping[str, Any], reader: Reader) -> _Told:
    return text_of(resource.get("code"), reader.language), None


def _condition(resource: Mapping[str, Any], reader: Reader) -> _Told:
    ended = first_when(dict(resource), "abatementDateTime", "abatementPeriod")
    until = f"→ {ended.shown_day(reader.language, reader.zone)}" if ended else None
    parts = (text_of(resource.get("severity"), reader.language), until)
    return text_of(resource.get("code"), reader.language), ", ".join(part for part in parts if part) or None


def _medication(resource: Mapping[str, Any], reader: Reader) -> _Told:
    name = text_of(resource.get("medicationCodeableConcept"), reader.language)
    if not name and isinstance(reference := resource.get("medicationReference"), dict):
        found = reader.resources.get(str(reference.get("reference"))) or {}
        name = text_of(found.get("code"), reader.language) or reader.named(reference)
    dosage = next((text for one in many(resource.get("dosageInstruction")) if (text := string(one.get("text")))), None)
    return name, dosage


def _immunization(resource: Mapping[str, Any], reader: Reader) -> _Told:
    return text_of(resource.get("vaccineCode"), reader.language), first_text(
        resource.get("statusReason"), reader.language
    )


def _procedure(resource: Mapping[str, Any], reader: Reader) -> _Told:
    reasons = texts(resource.get("reasonCode"), reader.language)
    parts = [*reasons, first_text(resource.get("outcome"), reader.language)]
    return text_of(resource.get("code"), reader.language), ", ".join(part for part in parts if part) or None


def _report(resource: Mapping[str, Any], reader: Reader) -> _Told:
    return text_of(resource.get("code"), reader.language), string(resource.get("conclusion"))


def _document(resource: Mapping[str, Any], reader: Reader) -> _Told:
    kind = text_of(resource.get("type"), reader.language)
    contents = [one.get("attachment") for one in many(resource.get("content"))]
    title = next((t for one in many(contents) if (t := string(one.get("title")))), None)
    described = string(resource.get("description"))
    return kind or title or described, title if kind else described


def _allergy(resource: Mapping[str, Any], reader: Reader) -> _Told:
    reactions = [
        text for one in many(resource.get("reaction")) for text in texts(one.get("manifestation"), reader.language)
    ]
    return text_of(resource.get("code"), reader.language), ", ".join(dict.fromkeys(reactions)) or None


def _imaging(resource: Mapping[str, Any], reader: Reader) -> _Told:
    series = many(resource.get("series"))
    kinds = texts([one.get("modality") for one in series], reader.language)
    parts = texts([one.get("bodySite") for one in series], reader.language)
    return string(resource.get("description")) or ", ".join(kinds) or None, ", ".join(parts) or None


def _communication(resource: Mapping[str, Any], reader: Reader) -> _Told:
    said = next((t for one in many(resource.get("payload")) if (t := string(one.get("contentString")))), None)
    about = text_of(resource.get("topic"), reader.language) or first_text(resource.get("category"), reader.language)
    return about or said, said if about else None


def _appointment(resource: Mapping[str, Any], reader: Reader) -> _Told:
    what = first_text(resource.get("serviceType"), reader.language) or string(resource.get("description"))
    others = (person(one.get("actor"), reader.resources, reader.language) for one in many(resource.get("participant")))
    return what or text_of(resource.get("appointmentType"), reader.language), ", ".join(
        one.name for one in others if one and one.kind not in (None, "Patient")
    ) or None


def _answers(resource: Mapping[str, Any], reader: Reader) -> _Told:
    asked = reader.resources.get(str(resource.get("questionnaire"))) or {}
    return string(asked.get("title")) or name_of(asked) or translate(reader.language, SURVEY), None


_TOLD: dict[str, Callable[[Mapping[str, Any], Reader], _Told]] = {
    "Observation": _observation,
    "Condition": _condition,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationDispense": _medication,
    "MedicationAdministration": _medication,
    "Immunization": _immunization,
    "Procedure": _procedure,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "AllergyIntolerance": _allergy,
    "ImagingStudy": _imaging,
    "Communication": _communication,
    "Appointment": _appointment,
    "QuestionnaireResponse": _answers,
}


def vital_rank(observation: Mapping[str, Any]) -> tuple[int, str | None]:
    """The place of a vital sign in its line, and the message id of its short name."""
    order = list(VITALS)
    for concept in many(observation.get("code")):
        for coding in many(concept.get("coding")):
            if (code := string(coding.get("code"))) in VITALS:
                return order.index(code), VITALS[code]
    return len(order), None
