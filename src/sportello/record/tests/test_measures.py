"""Values in words: units people use, the language's signs, and what stands out."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sportello.record.measures import measure

ROME = ZoneInfo("Europe/Rome")


def shown(language: str = "it", **observation: Any) -> str:
    return measure(observation, "x", language, ROME).value


@pytest.mark.parametrize(
    ("value", "unit", "italian"),
    [
        (62, "/min", "62/min"),
        (5.04, "m[IU]/L", "5,04 mIU/L"),
        (97.2, "%", "97,2%"),
        (36.6, "Cel", "36,6 °C"),
        (3, "{score}", "3"),
        (250000, "/uL", "250.000/uL"),
        (113.94684409281732, "cm", "113,9 cm"),
        (0, "mg/dL", "0 mg/dL"),
        (True, "x", "–"),
    ],
)
def test_quantities(value: Any, unit: str, italian: str) -> None:
    assert shown(valueQuantity={"value": value, "unit": unit}) == italian


@pytest.mark.parametrize(
    ("observation", "italian"),
    [
        ({"valueCodeableConcept": {"text": "Non fumatore"}}, "Non fumatore"),
        ({"valueBoolean": False}, "No"),
        ({"valueString": "Assente"}, "Assente"),
        ({"valueInteger": 1234}, "1.234"),
        ({"valueDateTime": "2026-03"}, "marzo 2026"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2, "unit": "mg"}}}, "1 – 2 mg"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 80}}}, "1 : 80"),
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "ng/L"}}, "< 5 ng/L"),
        ({"dataAbsentReason": {"text": "Campione insufficiente"}}, "Campione insufficiente"),
        ({}, "–"),
    ],
)
def test_other_values(observation: dict[str, Any], italian: str) -> None:
    assert shown(**observation) == italian


def test_english_has_its_own_signs() -> None:
    assert shown("en", valueQuantity={"value": 12345.5, "unit": "mg"}) == "12,345.5 mg"


@pytest.mark.parametrize(
    ("observation", "alert", "critical"),
    [
        ({"interpretation": [{"coding": [{"code": "LL"}]}]}, "Criticamente basso", True),
        ({"interpretation": [{"coding": [{"code": "N"}]}], "referenceRange": [{"high": {"value": 1}}]}, None, False),
        ({"referenceRange": [{"high": {"value": 1}}]}, "Sopra la norma", False),
        ({"referenceRange": [{"low": {"value": 9}}]}, "Sotto la norma", False),
        ({"referenceRange": [{"low": {"value": 9}}, {"low": {"value": 1}}]}, None, False),
        ({"component": [{"interpretation": [{"coding": [{"code": "H"}]}]}]}, "Sopra la norma", False),
    ],
)
def test_what_stands_out(observation: dict[str, Any], alert: str | None, critical: bool) -> None:
    found = measure({"valueQuantity": {"value": 5}, **observation}, "x", "it", ROME)
    assert (found.alert, found.critical) == (alert, critical)
