"""The fixed strip: who it is, what endangers them, how to reach them, and what is missing said as missing."""

from datetime import UTC, date, datetime

import pytest

from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.header import PatientHeader
from sportello.record.ports import Visit, VisitsAhead
from sportello.record.tests.cast import ELENA, GIULIA, PEOPLE, RECORD, admit, of, staff

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(house: House) -> None:
    house.clock = FixedClock(NOW)


async def strip(house: House, language: str = "it") -> PatientHeader:
    async with house.db.transaction() as tx:
        return await reading.patient_header(house, tx, staff(language=language), GIULIA)


async def test_who_it_is(house: House) -> None:
    await admit(house)
    giulia = await strip(house)
    assert (giulia.name, giulia.given, giulia.family) == ("Giulia Ferri", "Giulia", "Ferri")
    assert (giulia.birth_date, giulia.age, giulia.gender) == (date(1984, 3, 12), 42, "Donna")
    assert (giulia.language, giulia.language_label) == ("it", "Italiano")
    assert giulia.fiscal_code == "FRRGLI84C52D548X"
    assert [one.label for one in giulia.identifiers] == ["Codice fiscale"]


async def test_what_endangers_her_stands_with_the_worst_first(house: House) -> None:
    await admit(house)
    giulia = await strip(house)
    assert [(one.text, one.high, one.criticality) for one in giulia.allergies] == [
        ("Penicillina", True, "Rischio alto"),
        ("Acari", False, "Rischio basso"),
    ]
    assert giulia.allergies[0].reactions == ("Anafilassi",)
    assert [one.text for one in giulia.flags] == ["Serve un interprete LIS"]


async def test_how_to_reach_her_and_her_doctor(house: House) -> None:
    await admit(house)
    giulia = await strip(house)
    assert (giulia.phone, giulia.email) == ("+39 333 1234567", "giulia.ferri@example.org")
    assert (giulia.address, giulia.postal_code) == ("Via Ripagrande 3, 44121 Ferrara (FE)", "44121")
    assert giulia.gp is not None
    assert (giulia.gp.name, giulia.gp.role, giulia.gp.phone) == (
        "Dott.ssa Anna Bianchi", "Medicina generale", "0532 555111"
    )  # fmt: skip


async def test_last_visit_and_next_appointment(house: House) -> None:
    ahead = {
        "resourceType": "Appointment",
        "id": "ecografia",
        "status": "booked",
        "serviceType": [{"text": "Ecografia"}],
        "start": "2026-06-10T09:00:00+02:00",
        "end": "2026-06-10T09:30:00+02:00",
        "participant": [{"actor": {"reference": f"Patient/{GIULIA}"}, "status": "accepted"}],
    }
    await admit(house, *RECORD, ahead)
    giulia = await strip(house)
    assert giulia.last_visit is not None
    assert giulia.last_visit.title == "Controllo diabete"
    assert giulia.next_visit is not None
    assert giulia.next_visit.title == "Ecografia"


async def test_the_appointment_book_knows_better_than_the_record(house: House) -> None:
    class Book:
        async def next_visit(self, tx: object, patient_id: str, moment: datetime, language: str) -> Visit:
            return Visit(moment, f"{patient_id} {language}")

    await admit(house)
    house.ports[VisitsAhead] = Book()
    giulia = await strip(house)
    assert giulia.next_visit == Visit(NOW, "giulia-ferri it")


async def test_english_readers_read_english(house: House) -> None:
    await admit(house)
    giulia = await strip(house, "en")
    assert (giulia.gender, giulia.language_label) == ("Female", "Italian")
    assert giulia.identifiers[0].label == "Fiscal code"


@pytest.mark.parametrize(
    ("allergies", "known"),
    [([], False), ([of("AllergyIntolerance", "no", code={"coding": [{"code": "716186003"}]})], True)],
)
async def test_nothing_recorded_is_not_the_same_as_no_known_allergy(
    house: House, allergies: list[dict[str, object]], known: bool
) -> None:
    await admit(house, RECORD[0], *allergies)
    giulia = await strip(house)
    assert giulia.allergies == ()
    assert giulia.no_known_allergies is known


@pytest.mark.parametrize(
    ("born", "died", "age"),
    [
        ("1984-06-01", None, 42),
        ("1984-06-02", None, 41),
        ("1984", None, 42),
        ("1984-03-12", "2020-01-01", 35),
        (None, None, None),
        ("2030-01-01", None, None),
    ],
)
async def test_age_counts_completed_years_and_stops_at_death(
    house: House, born: str | None, died: str | None, age: int | None
) -> None:
    patient = {key: value for key, value in PEOPLE[0].items() if key != "birthDate"}
    patient |= ({"birthDate": born} if born else {}) | ({"deceasedDateTime": died} if died else {})
    await admit(house, patient)
    found = await strip(house)
    assert found.age == age
    assert bool(found.deceased) is bool(died)


async def test_a_patient_of_whom_nothing_is_known_has_a_strip_too(house: House) -> None:
    await admit(house, {"resourceType": "Patient", "id": "ignoto"})
    async with house.db.transaction() as tx:
        found = await reading.patient_header(house, tx, ELENA, "ignoto")
    assert (found.name, found.phone, found.gp, found.last_visit) == ("?", None, None, None)
