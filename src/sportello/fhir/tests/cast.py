"""The people and papers of these tests: Giulia Ferri, her visit, her doctor Anna Bianchi."""

from typing import Any

PATIENT_URN = "urn:uuid:0b6f2f0e-52b5-4c7e-9f0a-9a2a8a4c0001"
VISIT_URN = "urn:uuid:0b6f2f0e-52b5-4c7e-9f0a-9a2a8a4c0002"


def giulia(**changes: Any) -> dict[str, Any]:
    """Giulia Ferri as a Patient."""
    return {
        "resourceType": "Patient",
        "id": "giulia-ferri",
        "identifier": [{"system": "http://hl7.it/sid/codiceFiscale", "value": "FRRGLI84C52D548X"}],
        "name": [{"family": "Ferri", "given": ["Giulia"]}],
        "telecom": [{"system": "phone", "value": "+39 0532 123456"}],
        "birthDate": "1984-03-12",
        "gender": "female",
        **changes,
    }


def entry(resource: dict[str, Any], url: str | None = None, /, **request: str) -> dict[str, Any]:
    """An entry of a transaction; without a request it is a POST."""
    kind = resource["resourceType"]
    asked = request or {"method": "POST", "url": kind}
    return {"resource": resource, "request": asked, **({"fullUrl": url} if url else {})}


def visit() -> dict[str, Any]:
    """A visit that refers to Giulia by the bundle's address and to the doctor by her register number."""
    return {
        "resourceType": "Encounter",
        "id": "visita-1",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": PATIENT_URN},
        "participant": [
            {
                "individual": {
                    "reference": "Practitioner?identifier=http://fnomceo.it|FE-1234",
                    "display": "Anna Bianchi",
                }
            }
        ],
        "period": {"start": "2026-03-02T09:00:00+01:00"},
    }


def weight(value: Any = 61.50) -> dict[str, Any]:
    """A result measured at the visit."""
    return {
        "resourceType": "Observation",
        "id": "peso-1",
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
        "subject": {"reference": PATIENT_URN},
        "encounter": {"reference": VISIT_URN},
        "effectiveDateTime": "2026-03-02T09:05:00+01:00",
        "valueQuantity": {"value": value, "unit": "kg"},
    }


def bianchi() -> dict[str, Any]:
    """Doctor Anna Bianchi."""
    return {
        "resourceType": "Practitioner",
        "id": "anna-bianchi",
        "identifier": [{"system": "http://fnomceo.it", "value": "FE-1234"}],
        "name": [{"family": "Bianchi", "given": ["Anna"], "prefix": ["Dott.ssa"]}],
    }


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    """A bundle of entries; without any, Giulia with her visit and its result."""
    listed = list(entries) or [entry(giulia(), PATIENT_URN), entry(visit(), VISIT_URN), entry(weight())]
    return {"resourceType": "Bundle", "type": kind, "entry": listed}
