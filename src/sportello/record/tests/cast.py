"""Giulia Ferri's record for these tests: two visits, loose items, a plan, a team, and what must not be shown."""

from collections.abc import Iterable
from typing import Any

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.fhir import store
from sportello.kit.house import House

GIULIA = "giulia-ferri"
_AGENT = frozenset({Permission.PATIENT_READ})


def staff(name: str = "Elena Conti", permissions: Iterable[Permission] = _AGENT, language: str = "it") -> Actor:
    """A member of staff; agents may read patients, though not what is sensitive."""
    return Actor(
        kind="staff", id=name.split()[0].lower(), name=name, language=language, role="agent",
        permissions=frozenset(permissions),
    )  # fmt: skip


ELENA = staff()
PAOLO = staff("Paolo Serra", {Permission.PATIENT_READ, Permission.PATIENT_READ_SENSITIVE})


def coded(code: str, text: str, system: str = "http://loinc.org") -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": text}]}


def of(kind: str, name: str, visit: str | None = None, /, **fields: Any) -> dict[str, Any]:
    """A resource of Giulia's, perhaps of a visit."""
    subject = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
    return {
        "resourceType": kind,
        "id": name,
        subject: {"reference": f"Patient/{GIULIA}"},
        **({"encounter": {"reference": f"Encounter/{visit}"}} if visit else {}),
        **fields,
    }


def result(
    name: str, text: str, value: float, visit: str | None = None, *, category: str = "laboratory", code: str = "1-1",
    at: str = "2026-03-02T09:10:00+01:00", unit: str = "mg/dL", **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    """An Observation with a quantity."""
    return of(
        "Observation", name, visit, status="final", category=[coded(category, category)], code=coded(code, text),
        effectiveDateTime=at, valueQuantity={"value": value, "unit": unit}, **fields,
    )  # fmt: skip


def visit(name: str, start: str, title: str, /, **fields: Any) -> dict[str, Any]:
    """An Encounter with doctor Anna Bianchi at the Ospedale San Luca."""
    told: dict[str, Any] = {
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": title}],
        "period": {"start": start},
        "participant": [{"individual": {"reference": "Practitioner/anna-bianchi"}}],
        "serviceProvider": {"reference": "Organization/san-luca"},
    }
    return of("Encounter", name, **told | fields)


PEOPLE: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": GIULIA,
        "identifier": [
            {"system": "http://hl7.it/sid/codiceFiscale", "value": "FRRGLI84C52D548X"},
            {"system": "https://example.org/technical", "value": "42"},
        ],
        "name": [{"use": "nickname", "given": ["Giù"]}, {"use": "official", "family": "Ferri", "given": ["Giulia"]}],
        "telecom": [
            {"system": "phone", "value": "0532 000000", "use": "old"},
            {"system": "phone", "value": "+39 333 1234567", "use": "mobile"},
            {"system": "email", "value": "giulia.ferri@example.org"},
        ],
        "gender": "female",
        "birthDate": "1984-03-12",
        "address": [{"line": ["Via Ripagrande 3"], "city": "Ferrara", "postalCode": "44121", "state": "FE"}],
        "communication": [{"language": {"coding": [{"code": "it-IT"}]}, "preferred": True}],
        "generalPractitioner": [{"reference": "PractitionerRole/bianchi-mmg"}],
    },
    {
        "resourceType": "Practitioner",
        "id": "anna-bianchi",
        "name": [{"family": "Bianchi", "given": ["Anna"], "prefix": ["Dott.ssa"]}],
        "telecom": [{"system": "phone", "value": "0532 555111"}],
    },
    {"resourceType": "Organization", "id": "san-luca", "name": "Ospedale San Luca"},
    {
        "resourceType": "PractitionerRole",
        "id": "bianchi-mmg",
        "practitioner": {"reference": "Practitioner/anna-bianchi"},
        "organization": {"reference": "Organization/san-luca"},
        "specialty": [{"text": "Medicina generale"}],
    },
]

RECORD: list[dict[str, Any]] = [
    visit("controllo", "2026-03-02T09:00:00+01:00", "Controllo diabete"),
    visit("ps", "2025-11-20T22:15:00+01:00", "Accesso per dolore", **{"class": {"code": "EMER"}}),
    of(
        "DiagnosticReport", "emocromo", "controllo", status="final", code={"text": "Emocromo"},
        effectiveDateTime="2026-03-02T09:10:00+01:00",
        result=[{"reference": "Observation/wbc"}, {"reference": "Observation/hb"}],
    ),
    result("hb", "Emoglobina", 9.1, "controllo", unit="g/dL",
           referenceRange=[{"low": {"value": 12}, "high": {"value": 16}}]),
    result("wbc", "Leucociti", 6.3, "controllo", unit="10*3/uL", interpretation=[coded("N", "Normal")]),
    result("kcal", "Potassio", 7.4, "controllo", unit="mmol/L", interpretation=[coded("HH", "Critical high")]),
    result("peso", "Body weight", 61.48, "controllo", category="vital-signs", code="29463-7", unit="kg"),
    of(
        "Observation", "pressione", "controllo", status="final", category=[coded("vital-signs", "Vital signs")],
        code=coded("85354-9", "Blood pressure panel"), effectiveDateTime="2026-03-02T09:05:00+01:00",
        component=[
            {"code": coded("8480-6", "Systolic"), "valueQuantity": {"value": 128, "unit": "mm[Hg]"}},
            {"code": coded("8462-4", "Diastolic"), "valueQuantity": {"value": 79, "unit": "mm[Hg]"}},
        ],
    ),
    of(
        "MedicationRequest", "metformina", "controllo", status="active", intent="order",
        medicationCodeableConcept={"text": "Metformina 500 mg"}, authoredOn="2026-03-02",
        dosageInstruction=[{"text": "una compressa a cena"}],
    ),
    of("Procedure", "ecg", "ps", status="completed", code={"text": "Elettrocardiogramma"},
       performedDateTime="2025-11-20"),
    of("Immunization", "influenza", status="completed", vaccineCode={"text": "Vaccino antinfluenzale"},
       occurrenceDateTime="2025-10-14"),
    of("Condition", "asma", clinicalStatus=coded("active", "Active"), code={"text": "Asma"}, onsetDateTime="2004"),
    of("Condition", "errore", verificationStatus=coded("entered-in-error", "Error"), code={"text": "Errore"},
       onsetDateTime="2025"),
    of("Procedure", "futura", status="preparation", code={"text": "Colonscopia"}, performedDateTime="2027-01-15"),
    of("Condition", "riservata", code={"text": "Condizione riservata"}, onsetDateTime="2025-12-01",
       meta={"security": [{"code": "R"}]}),
    of("AllergyIntolerance", "penicillina", code={"text": "Penicillina"}, criticality="high",
       clinicalStatus=coded("active", "Active"), reaction=[{"manifestation": [{"text": "Anafilassi"}]}]),
    of("AllergyIntolerance", "acari", code={"text": "Acari"}, criticality="low"),
    of("AllergyIntolerance", "latte", code={"text": "Latte"}, clinicalStatus=coded("resolved", "Resolved")),
    of("Flag", "interprete", status="active", code={"text": "Serve un interprete LIS"}),
    of("Flag", "vecchio", status="inactive", code={"text": "Avviso vecchio"}),
]  # fmt: skip


async def admit(house: House, *resources: dict[str, Any]) -> None:
    """Puts Giulia, her people and these resources (by default all her record) in the store; the last word counts."""
    wanted = {(one["resourceType"], one["id"]): one for one in (*PEOPLE, *(resources or RECORD))}
    async with house.db.transaction() as tx:
        await store.put_many(tx, list(wanted.values()), now=house.clock.now())
