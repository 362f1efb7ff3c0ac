"""The search columns: dates of every precision, patients, encounters, tokens, text without accents."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportello.fhir.extraction import index, span
from sportello.fhir.folding import digits, folded
from sportello.fhir.references import references, references_in

GIULIA: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "giulia-ferri",
    "identifier": [{"system": "http://hl7.it/sid/codiceFiscale", "value": "FRRGLI84C52D548X"}],
    "name": [{"family": "Ferri", "given": ["Giulia", "Noemì"]}],
    "telecom": [{"system": "phone", "value": "+39 0532 123456"}, {"system": "email", "value": "Giulia@example.org"}],
    "birthDate": "1984-03-12",
    "gender": "female",
}


def test_a_patient_is_found_by_name_code_phone_and_birth_date() -> None:
    found = index(GIULIA)
    assert found.patient == "giulia-ferri"
    assert found.text == "ferri giulia noemi frrgli84c52d548x 00390532123456 giulia@example.org 1984-03-12"
    assert "identifier|http://hl7.it/sid/codiceFiscale|FRRGLI84C52D548X" in found.tokens
    assert "identifier|*|FRRGLI84C52D548X" in found.tokens
    assert "email|*|giulia@example.org" in found.tokens


def test_an_observation_knows_its_patient_visit_time_and_category() -> None:
    found = index(
        {
            "resourceType": "Observation",
            "id": "hb",
            "status": "final",
            "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]},
            "subject": {"reference": "Patient/giulia-ferri"},
            "encounter": {"reference": "Encounter/visita-1/_history/2"},
            "effectiveDateTime": "2026-10-25T02:30:00+01:00",
        }
    )
    assert (found.patient, found.encounter, found.facet) == ("giulia-ferri", "visita-1", "Observation:laboratory")
    assert found.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert {"code|http://loinc.org|718-7", "status|*|final"} <= set(found.tokens)
    assert set(found.refs) == {"Patient/giulia-ferri", "Encounter/visita-1"}


def test_an_appointment_belongs_to_the_patient_among_its_participants() -> None:
    found = index(
        {
            "resourceType": "Appointment",
            "id": "a",
            "status": "booked",
            "start": "2026-12-01T09:00:00Z",
            "end": "2026-12-01T09:30:00Z",
            "participant": [
                {"actor": {"reference": "Practitioner/p"}},
                {"actor": {"reference": "Patient/giulia-ferri"}},
            ],
        }
    )
    assert found.patient == "giulia-ferri"
    assert (found.at_end or datetime.min.replace(tzinfo=UTC)) > datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def test_verification_entered_in_error_counts_as_the_status() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "entered-in-error"}]},
        "subject": {"reference": "Patient/giulia-ferri"},
    }
    assert index(condition).status == "entered-in-error"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
    ],
)
def test_a_date_spans_its_precision(text: str, start: str, end: str) -> None:
    expected = tuple(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))
    assert span(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2025-02-29", "9999", "2026-01-01T25:00:00Z", None, 7])
def test_what_is_no_date_has_no_span(text: object) -> None:
    assert span(text) is None


def test_ways_of_writing_a_telephone_number_do_not_matter() -> None:
    assert digits("+39 (0532) 12-34-56") == digits("0039 0532123456") == "00390532123456"


def test_folding_drops_case_and_accents() -> None:
    assert folded("Niccolò  D’ESTE\x1f") == "niccolo d'este"


INNER = ["coding", "system", "value", "code", "display", "reference", "text", "given", "family", "start", "end",
         "security", "encounter", "actor"]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["phone", "2026", "Patient/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["status", "code", "category", "subject", "encounter", "context", "period", "name", "telecom", "meta",
          "identifier", "participant", "note", "description", "start", "birthDate", "actor", "type"]  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["Patient", "Observation", "Appointment"]), st.dictionaries(st.sampled_from(FIELDS), json_values)
)
def test_no_shape_breaks_the_index(kind: str, fields: dict[str, Any]) -> None:
    found = index({"resourceType": kind, "id": "x", **fields})
    assert all("\x1f" not in token for token in found.tokens)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"subject": {"reference": "Patient/1"}, "a": [{"reference" :"Encounter/2", "display": "x"}]}',
        b'{"subject": {"reference": "Patient/\\u0031"}}',
        b'{"subject": {"r\\u0065ference": "Patient/1"}}',
        b'{"code": "reference", "subject": {"reference": "Patient/1"}}',
        b'{"subject": {"reference": 5}, "a": {"reference": {"reference": "Patient/1"}}}',
        b'{"text": "\\"reference\\": \\"Patient/9\\"", "subject": {"reference": "Patient/1"}}',
        b'{"subject": {"reference": "a\\"b"}}',
        '{"subject": {"reference": "urn:città"}}'.encode(),
        b"{}",
    ],
)
def test_references_are_the_same_found_in_the_text_or_by_walking(raw: bytes) -> None:
    assert references_in(raw, msgspec.json.decode(raw)) == references(msgspec.json.decode(raw))
