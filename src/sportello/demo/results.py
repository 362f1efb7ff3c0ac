"""Draws the results of visits: vital signs and laboratory values with units, ranges and what stands out."""

from datetime import datetime
from random import Random
from typing import Any

from sportello.demo.naming import Resource, concept, dice, id_of, reference
from sportello.demo.people import Person
from sportello.demo.stories import measures

_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_MARKS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_KINDS = "http://terminology.hl7.org/CodeSystem/observation-category"
_VITAL = {"pulse", "weight", "temperature", "oxygen", "blood-pressure", "pain"}
# Values of children differ so much that only these are drawn for them.
_FOR_CHILDREN = {"temperature", "weight", "oxygen", "pulse", "peak-flow"}


def result(person: Person, name: str, at: datetime, encounter: str, chance: Random) -> Resource | None:
    """One observation of a visit, or None when it would make no sense at this age."""
    age = person.age(at.date())
    if age < 16 and name not in _FOR_CHILDREN:
        return None
    told: Resource = {
        "resourceType": "Observation",
        "id": id_of("observation", encounter, name),
        "status": "final",
        "category": [{"coding": [{"system": _KINDS, "code": "vital-signs" if name in _VITAL else "laboratory"}]}],
        "subject": reference("Patient", person.id),
        "encounter": reference("Encounter", encounter),
        "effectiveDateTime": at.isoformat(),
    }
    return told | (_pressure(person, chance) if name == "blood-pressure" else _value(person, name, age, chance))


def _value(person: Person, name: str, age: int, chance: Random) -> dict[str, Any]:
    measure = measures()[name]
    usual = measure.usual
    spread = min(measure.spread, usual / 4)
    if name == "weight":
        # A person keeps their weight, more or less; children grow.
        own = dice("weight", person.key).gauss(usual - 8 * person.female, 9)
        usual, spread = (3.5 + 2.6 * age, 0.8) if age < 16 else (own, 1.2)
    if name == "pulse" and age < 10:
        usual = 100
    low, high = measure.low, measure.high
    if name == "haemoglobin" and not person.female:
        usual, low, high = usual + 1.6, 13.5, 17
    value = round(chance.gauss(usual, spread), 1 if measure.spread < 5 else 0)
    if name in ("oxygen",):
        value = min(value, 100)
    if name in ("pain", "mmse"):
        value = max(0, round(min(value, 10 if name == "pain" else 30)))
    told: dict[str, Any] = {
        "code": concept(measure.it, measure.en, measure.code, _LOINC),
        "valueQuantity": _quantity(value, measure.unit),
    }
    if low is not None and high is not None and not (name == "pulse" and age < 10):
        told["referenceRange"] = [{"low": _quantity(low, measure.unit), "high": _quantity(high, measure.unit)}]
        mark = "H" if value > high else "L" if value < low else "N"
        told["interpretation"] = [{"coding": [{"system": _MARKS, "code": mark}]}]
    return told


def _pressure(person: Person, chance: Random) -> dict[str, Any]:
    """Both values in one observation, as the vital signs profile wants it."""
    high = "pressure" in person.stories or "heart" in person.stories
    upper = round(chance.gauss(142 if high else 121, 9))
    lower = round(chance.gauss(86 if high else 76, 6))
    mark = "H" if upper >= 140 or lower >= 90 else "N"
    return {
        "code": concept("Pressione arteriosa", "Blood pressure", "85354-9", _LOINC),
        "interpretation": [{"coding": [{"system": _MARKS, "code": mark}]}],
        "component": [
            {"code": concept("Sistolica", "Systolic", "8480-6", _LOINC), "valueQuantity": _quantity(upper, "mm[Hg]")},
            {"code": concept("Diastolica", "Diastolic", "8462-4", _LOINC), "valueQuantity": _quantity(lower, "mm[Hg]")},
        ],
    }


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": _UCUM, "code": unit}
