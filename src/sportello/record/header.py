"""What must be known of a patient before the first word: who it is, what endangers them, how to reach them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from sportello.kit.i18n import translate
from sportello.record.concepts import code_of, consented, many, string, text_of, texts
from sportello.record.dates import When, age, period, when
from sportello.record.items import Reader
from sportello.record.labels import CRITICALITIES, GENDERS, IDENTIFIERS, language_named, said
from sportello.record.people import Person, address, contact, name_of, name_parts, person
from sportello.record.ports import Resource, Visit

FISCAL = ("http://hl7.it/sid/codiceFiscale", "urn:oid:2.16.840.1.113883.2.9.4.3.2")
_POSITION = "http://hl7.org/fhir/StructureDefinition/geolocation"
_GONE = frozenset({"inactive", "resolved"})


class Identifier(Struct, frozen=True):
    """A number by which the patient is known."""

    label: str
    value: str
    system: str | None = None


class Allergy(Struct, frozen=True):
    """What the patient does not bear; `high` when it can kill."""

    text: str
    criticality: str | None
    high: bool
    reactions: tuple[str, ...] = ()


class Alert(Struct, frozen=True):
    """A FHIR Flag: what everybody who deals with the patient should know."""

    text: str
    category: str | None = None


class Agreement(Struct, frozen=True):
    """A FHIR Consent in force: what it is about, and whether the patient said yes; None when it does not tell."""

    text: str
    given: bool | None


class LastVisit(Struct, frozen=True):
    """The latest visit that has begun."""

    when: When
    title: str | None
    place: str | None


class PatientHeader(Struct, frozen=True):
    """The fixed strip above a patient's record. Texts are in the reader's language."""

    id: str
    name: str
    given: str
    family: str
    born: When | None
    birth_date: date | None
    age: int | None
    gender: str | None
    language: str | None
    language_label: str | None
    identifiers: tuple[Identifier, ...]
    fiscal_code: str | None
    allergies: tuple[Allergy, ...]
    no_known_allergies: bool
    flags: tuple[Alert, ...]
    gp: Person | None
    phone: str | None
    email: str | None
    address: str | None
    postal_code: str | None
    position: tuple[float, float] | None
    deceased: When | bool
    active: bool
    last_visit: LastVisit | None = None
    next_visit: Visit | None = None
    preferred_contact: str | None = None
    consents: tuple[Agreement, ...] = ()
    town: str | None = None
    parts: frozenset[str] = frozenset()


class Double(Struct, frozen=True):
    """Another record that may be the same person's, and why."""

    id: str
    name: str
    why: tuple[str, ...]


class PatientSummary(Struct, frozen=True):
    """One line of a search: enough to tell two patients of the same name apart."""

    id: str
    name: str
    born: When | None
    age: int | None
    gender: str | None
    fiscal_code: str | None
    phone: str | None
    town: str | None
    deceased: bool
    doubles: tuple[Double, ...] = ()


def header(
    patient: Resource,
    warnings: Sequence[Resource],
    reader: Reader,
    now: datetime,
    *,
    last: LastVisit | None = None,
    ahead: Visit | None = None,
) -> PatientHeader:
    """The strip of a patient, from the Patient and its AllergyIntolerance and Flag resources."""
    given, family = name_parts(patient)
    where, postal_code = address(patient)
    born = when(patient.get("birthDate"))
    gone = _deceased(patient)
    spoken = _language(patient)
    until = gone.at if isinstance(gone, When) else now
    allergies = [one for one in warnings if one["resourceType"] == "AllergyIntolerance" and _lasting(one)]
    known = [one for one in allergies if not _denied(one)]
    return PatientHeader(
        id=patient["id"],
        name=name_of(patient) or "?",
        given=given,
        family=family,
        born=born,
        birth_date=born.day if born else None,
        age=age(born, until.astimezone(reader.zone).date()),
        gender=said(GENDERS, string(patient.get("gender")), reader.language),
        language=spoken,
        language_label=language_named(spoken, reader.language),
        identifiers=tuple(_identifiers(patient, reader.language)),
        fiscal_code=fiscal_code(patient),
        allergies=tuple(sorted((_allergy(one, reader.language) for one in known), key=lambda one: not one.high)),
        no_known_allergies=not known and bool(allergies),
        flags=tuple(_alert(one, reader.language) for one in warnings if _raised(one, now)),
        gp=next(
            (
                gp
                for one in many(patient.get("generalPractitioner"))
                if (gp := person(one, reader.resources, reader.language))
            ),
            None,
        ),
        phone=contact(patient, "phone"),
        email=contact(patient, "email"),
        address=where,
        postal_code=postal_code,
        position=_position(patient),
        town=_town(patient),
        deceased=gone,
        active=patient.get("active") is not False,
        last_visit=last,
        next_visit=ahead,
        preferred_contact=_preferred(patient),
        consents=tuple(
            _agreement(one, reader.language)
            for one in warnings
            if one["resourceType"] == "Consent" and one.get("status") == "active"
        ),
    )


def summary(patient: Resource, language: str, today: date, doubles: tuple[Double, ...] = ()) -> PatientSummary:
    """The line of a patient in a search."""
    born = when(patient.get("birthDate"))
    gone = _deceased(patient)
    town = _town(patient)
    return PatientSummary(
        id=patient["id"],
        name=name_of(patient) or "?",
        born=born,
        age=age(born, gone.at.date() if isinstance(gone, When) else today),
        gender=said(GENDERS, string(patient.get("gender")), language),
        fiscal_code=fiscal_code(patient),
        phone=contact(patient, "phone"),
        town=town,
        deceased=bool(gone),
        doubles=doubles,
    )


def fiscal_code(patient: Mapping[str, Any]) -> str | None:
    """The Italian fiscal code, under its URL or its OID."""
    known = {string(one.get("system")): string(one.get("value")) for one in many(patient.get("identifier"))}
    return next((code for system in FISCAL if (code := known.get(system))), None)


def _identifiers(patient: Mapping[str, Any], language: str) -> list[Identifier]:
    """Those that have a name for people; technical ones (a bare URL, no type) say nothing to an agent."""
    found = []
    for one in many(patient.get("identifier")):
        value, system = string(one.get("value")), string(one.get("system"))
        kind = one.get("type")
        known = IDENTIFIERS.get(system or "") or IDENTIFIERS.get(code_of(kind) or "")
        label = translate(language, known) if known else text_of(kind, language)
        if value and label and one.get("use") != "old":
            found.append(Identifier(label, value, system))
    return sorted(found, key=lambda one: one.system not in FISCAL)


def _language(patient: Mapping[str, Any]) -> str | None:
    spoken = many(patient.get("communication"))
    best = next((one for one in spoken if one.get("preferred") is True), spoken[0] if spoken else {})
    code = code_of(best.get("language"))
    return code.split("-")[0].lower() if code else None


def _town(patient: Mapping[str, Any]) -> str | None:
    return next((town for one in many(patient.get("address")) if (town := string(one.get("city")))), None)


def _deceased(patient: Mapping[str, Any]) -> When | bool:
    return when(patient.get("deceasedDateTime")) or patient.get("deceasedBoolean") is True


def _position(patient: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude of the home, when the address carries them."""
    for home in many(patient.get("address")):
        for extension in many(home.get("extension")):
            if extension.get("url") == _POSITION:
                parts = {string(part.get("url")): part.get("valueDecimal") for part in many(extension.get("extension"))}
                latitude, longitude = parts.get("latitude"), parts.get("longitude")
                if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
                    return float(latitude), float(longitude)
    return None


def _lasting(allergy: Resource) -> bool:
    return (
        code_of(allergy.get("clinicalStatus")) not in _GONE and code_of(allergy.get("verificationStatus")) != "refuted"
    )


def _denied(allergy: Resource) -> bool:
    """SNOMED CT 716186003 `No known allergy`, 409137002 `No known drug allergy`: said, not missing."""
    return code_of(allergy.get("code")) in ("716186003", "409137002")


def _allergy(allergy: Resource, language: str) -> Allergy:
    criticality = string(allergy.get("criticality"))
    reactions = [text for one in many(allergy.get("reaction")) for text in texts(one.get("manifestation"), language)]
    return Allergy(
        text_of(allergy.get("code"), language) or "?",
        said(CRITICALITIES, criticality, language),
        criticality == "high",
        tuple(dict.fromkeys(reactions)),
    )


def _preferred(patient: Mapping[str, Any]) -> str | None:
    """The way of contact that the patient ranked first; None when none is ranked."""
    ranked = [
        (rank, value)
        for one in many(patient.get("telecom"))
        if isinstance(rank := one.get("rank"), int) and one.get("use") != "old" and (value := string(one.get("value")))
    ]
    return min(ranked)[1] if ranked else None


def _agreement(consent: Resource, language: str) -> Agreement:
    provision = consent.get("provision")
    kind = provision.get("type") if isinstance(provision, dict) else None
    return Agreement(consented(consent, language), {"permit": True, "deny": False}.get(str(kind)))


def _raised(flag: Resource, now: datetime) -> bool:
    if flag["resourceType"] != "Flag" or flag.get("status") != "active":
        return False
    end = period(flag.get("period"))[1]
    return end is None or end.at >= now


def _alert(flag: Resource, language: str) -> Alert:
    category = next(iter(texts(flag.get("category"), language)), None)
    return Alert(text_of(flag.get("code"), language) or "?", category)
