"""The strip says what the patient agreed to and how they wish to be reached."""

from sportello.kit.house import House
from sportello.record import reading
from sportello.record.header import Agreement
from sportello.record.tests.cast import ELENA, GIULIA, PEOPLE, admit

LOINC = {"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}
RESEARCH = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}


async def test_consents_in_force_and_the_first_ranked_contact(house: House) -> None:
    consent = {
        "resourceType": "Consent", "patient": {"reference": f"Patient/{GIULIA}"}, "status": "active",
        "scope": {"text": "Privacy"}, "category": [{"text": "Dossier sanitario"}], "provision": {"type": "deny"},
    }  # fmt: skip
    ways = [{"system": "phone", "value": "1", "rank": 2}, {"system": "email", "value": "g@example.org", "rank": 1}]
    await admit(
        house, {**PEOPLE[0], "telecom": ways, "communication": [{"language": {"coding": [{"code": "fil"}]}}]},
        consent | {"id": "c1"}, consent | {"id": "c2", "status": "inactive"},
        consent | {"id": "c3", "category": [], "provision": "odd"},
        consent | {"id": "c4", "category": [LOINC], "scope": {"coding": [RESEARCH]}},
        consent | {"id": "c5", "category": [LOINC], "scope": {}, "provision": {"type": "permit"}},
    )  # fmt: skip
    async with house.db.transaction() as tx:
        shown = await reading.patient_header(house, tx, ELENA, GIULIA)
    assert shown.preferred_contact == "g@example.org"
    assert set(shown.consents) == {
        Agreement("Dossier sanitario", False), Agreement("Privacy", None), Agreement("Ricerca", False),
        Agreement("Consenso", True),
    }  # fmt: skip
    assert shown.language_label == "Filippino"
