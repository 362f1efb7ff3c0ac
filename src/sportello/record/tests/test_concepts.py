"""The words chosen for coded things, and dates shown no more precisely than they were written."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sportello.record.concepts import text_of
from sportello.record.dates import when

ROME = ZoneInfo("Europe/Rome")


def translated(language: str, content: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": content}]
    return {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": parts}]}


@pytest.mark.parametrize(
    ("concept", "italian", "english"),
    [
        ({"text": "Asma", "_text": translated("en", "Asthma")}, "Asma", "Asthma"),
        (
            {"coding": [{"display": "Asthma", "_display": translated("it-IT", "Asma"), "code": "195967001"}]},
            "Asma",
            "Asthma",
        ),
        ({"text": "Diabetes (disorder)"}, "Diabetes", "Diabetes"),
        ({"text": "Visita (prima)"}, "Visita (prima)", "Visita (prima)"),
        ({"coding": [{"code": "AMB"}]}, "AMB", "AMB"),
        ({"code": "EMER", "display": " emergency "}, "emergency", "emergency"),
        ({"coding": [{"system": "http://loinc.org", "code": "18842-5"}]}, "Lettera di dimissione", "Discharge summary"),
        ({"coding": [{"code": "29463-7"}]}, "Peso", "Weight"),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]}, *["SNOMED CT 44054006"] * 2),
        ({"coding": [{"system": "urn:elsewhere", "code": "29463-7"}]}, "29463-7", "29463-7"),
        (
            {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"},
            "Privacy",
            "Privacy",
        ),
        ({"coding": []}, None, None),
        ("text", None, None),
    ],
)
def test_the_readers_language_comes_first(concept: Any, italian: str | None, english: str | None) -> None:
    assert (text_of(concept, "it"), text_of(concept, "en")) == (italian, english)


@pytest.mark.parametrize(
    ("written", "italian", "english"),
    [
        ("2026", "2026", "2026"),
        ("2026-03", "marzo 2026", "March 2026"),
        ("2026-03-12", "12 mar 2026", "12 Mar 2026"),
        ("2026-03-12T23:30:00Z", "13 mar 2026, 00:30", "13 Mar 2026, 00:30"),
        ("2026-10-25T02:30:00+02:00", "25 ott 2026, 02:30", "25 Oct 2026, 02:30"),
        ("2026-10-25T02:30:00+01:00", "25 ott 2026, 02:30", "25 Oct 2026, 02:30"),
    ],
)
def test_dates_are_as_precise_as_written_and_in_the_clinics_zone(written: str, italian: str, english: str) -> None:
    found = when(written)
    assert found is not None
    assert (found.shown("it", ROME), found.shown("en", ROME)) == (italian, english)


@pytest.mark.parametrize("written", [None, "", "ieri", "2026-02-30", "T", 5, "0000"])
def test_what_is_no_date_is_none(written: object) -> None:
    assert when(written) is None
