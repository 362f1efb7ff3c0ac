"""What is refused and why; what is odd but harmless is let in."""

from typing import Any

import pytest

from sportello.fhir.rules import faults
from sportello.fhir.tests.cast import giulia, visit, weight


def appointment(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a",
        "status": "booked",
        "start": "2026-12-01T09:00:00+01:00",
        "end": "2026-12-01T09:30:00+01:00",
        "participant": [{"actor": {"reference": "Patient/giulia-ferri"}, "status": "accepted"}],
        **changes,
    }


@pytest.mark.parametrize(
    "good",
    [
        giulia(),
        giulia(extension=[{"url": "http://example.org/unknown", "valueString": "kept"}], foo="kept"),
        visit(),
        weight(),
        appointment(),
        appointment(status="waitlist", start=None) | {"end": None},
        {"resourceType": "Basic", "id": "b", "code": {"text": "anything"}},
    ],
)
def test_good_and_merely_odd_resources_pass(good: dict[str, Any]) -> None:
    assert faults({key: value for key, value in good.items() if value is not None}) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (giulia(id="a b"), "id"),
        (giulia(id=7), "id"),
        (giulia(gender="donna"), "gender"),
        (giulia(birthDate="12/03/1984"), "birthDate"),
        (giulia(managingOrganization={"reference": "the hospital"}), "reference"),
        (giulia(managingOrganization={"reference": "Hospital/1"}), "reference"),
        (giulia(photo=[{"data": "(elided)"}]), "base64"),
        ({**weight(), "code": None}, "Observation.code"),
        (appointment(status="zzz"), "zzz"),
        (appointment(participant=[{"status": "accepted"}]), "app-1"),
        ({key: value for key, value in appointment().items() if key != "end"}, "app-2"),
        ({key: value for key, value in appointment().items() if key not in ("start", "end")}, "app-3"),
        (appointment(cancelationReason={"text": "x"}), "app-4"),
        ({"resourceType": "Questionnaire", "id": "q", "item": [{"linkId": "1", "item": [{}]}]}, "item[0].item[0]"),
        ({"resourceType": ["Patient"]}, "resourceType"),
        ("Patient", "JSON object"),
    ],
)
def test_each_fault_is_named(bad: Any, words: str) -> None:
    assert any(words in str(fault) for fault in faults(bad)), faults(bad)
