"""Where a record comes from, told to its reader: when it is a hospital's own server, how old, and what did not come."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from sportello.kit.i18n import N_, translate
from sportello.record.ports import Standing

PARTS = {
    "AllergyIntolerance": N_("Allergies"),
    "Appointment": N_("Visits"),
    "CarePlan": N_("Care plan"),
    "CareTeam": N_("Care team"),
    "ClinicalImpression": N_("Problems"),
    "Communication": N_("Documents"),
    "Composition": N_("Documents"),
    "Condition": N_("Problems"),
    "Consent": N_("Consents"),
    "DeviceUseStatement": N_("Procedures"),
    "DiagnosticReport": N_("Reports"),
    "DocumentReference": N_("Documents"),
    "Encounter": N_("Visits"),
    "FamilyMemberHistory": N_("Problems"),
    "Flag": N_("Alerts"),
    "Goal": N_("Goals"),
    "ImagingStudy": N_("Images"),
    "Immunization": N_("Vaccinations"),
    "Location": N_("Names of places"),
    "MedicationAdministration": N_("Medications"),
    "MedicationDispense": N_("Medications"),
    "MedicationRequest": N_("Medications"),
    "MedicationStatement": N_("Medications"),
    "Observation": N_("Test results"),
    "Organization": N_("Names of organisations"),
    "Patient": N_("Personal data"),
    "Practitioner": N_("Names of people"),
    "PractitionerRole": N_("Names of people"),
    "Procedure": N_("Procedures"),
    "QuestionnaireResponse": N_("Habits"),
    "ServiceRequest": N_("Orders"),
}


class Source(Struct, frozen=True):
    """Of a server elsewhere: its name, the age of what is shown, the parts that are old or missing, and why."""

    name: str
    at: datetime | None
    old: tuple[str, ...]
    missing: tuple[str, ...]
    trouble: str
    read_only: bool
    missing_types: frozenset[str]


def told(standing: Standing, language: str) -> Source | None:
    """In the reader's language; None when it is our own store."""
    if not standing.source:
        return None
    return Source(
        standing.source, standing.as_of, _names(standing.failed, language), _names(standing.missing, language),
        standing.trouble, standing.read_only, frozenset(standing.missing),
    )  # fmt: skip


def _names(types: Iterable[str], language: str) -> tuple[str, ...]:
    """Types without a name of their own go by their FHIR name: it is rare, and hiding it would be worse."""
    return tuple(dict.fromkeys(translate(language, PARTS[one]) if one in PARTS else one for one in types))
