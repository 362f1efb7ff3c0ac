"""Two records of one person: warned of, compared, joined, parted again to the letter, whoever is quicker."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.record import comparing, looks, merging, reading
from sportello.record.ports import Stale
from sportello.record.store import merges
from sportello.record.tests.cast import GIULIA, PEOPLE, admit, of
from sportello.record.uniting import parted, replaced_by, united

SignIn = Callable[..., Awaitable[Any]]
TWIN = "giulia-f"
TWIN_RECORD: dict[str, Any] = {
    "resourceType": "Patient",
    "id": TWIN,
    "identifier": [
        {"system": "http://hl7.it/sid/codiceFiscale", "value": "frrgli84c52d548x"},
        {"system": "urn:oid:2.16.840.1.113883.2.9.4.3.17", "value": "STP123"},
    ],
    "name": [{"use": "official", "family": "Ferri", "given": ["Giulia", "Maria"]}],
    "telecom": [
        {"system": "phone", "value": "333 1234567", "rank": 1},
        {"system": "email", "value": "gm.ferri@example.org"},
    ],
    "birthDate": "1984-03-12",
    "address": [{"line": ["Via Bologna 8"], "city": "Ferrara", "postalCode": "44122"}],
    "maritalStatus": {"text": "Nubile"},
}


def twins(kind: str, name: str, /, **fields: Any) -> dict[str, Any]:
    """A resource of the second record's."""
    one = of(kind, name, **fields)
    field = "patient" if "patient" in one else "subject"
    return one | {field: {"reference": f"Patient/{TWIN}"}}


FIBRILLATION = twins("Condition", "fibrillazione", code={"text": "Fibrillazione"}, onsetDateTime="2024-05-01")
NUTS = twins("AllergyIntolerance", "noci", code={"text": "Noci"})
NAMES_BOTH = twins(
    "FamilyMemberHistory", "storia", status="completed", relationship={"text": "Madre"},
    note=[{"authorReference": {"reference": f"Patient/{GIULIA}"}, "text": "riferito"}],
)  # fmt: skip


async def both(house: House) -> None:
    await admit(house, *PEOPLE, of("Condition", "asma", code={"text": "Asma"}), TWIN_RECORD, FIBRILLATION, NUTS,
                NAMES_BOTH)  # fmt: skip


async def body(house: House, kind: str, name: str) -> Any:
    async with house.db.transaction() as tx:
        return await store.get(tx, kind, name)


async def everything(house: House) -> dict[str, Any]:
    rows = await house.db.fetch("select type || '/' || id as name, body::text from fhir.resource")
    return {row["name"]: row["body"] for row in rows}


async def merge(house: House, actor: Actor, survivor: str = GIULIA, former: str = TWIN, **more: Any) -> Any:
    async def work(tx: Any) -> Any:
        seen = {one: await store.hold(tx, "Patient", one) or 0 for one in sorted((survivor, former))}
        return await merging.merge(house, tx, actor, survivor, former, **({"seen": seen} | more))

    return await house.db.run(work)


async def undo(house: House, actor: Actor, made: Any) -> Any:
    return await house.db.run(lambda tx: merging.undo(house, tx, actor, made))


async def test_the_survivor_has_what_is_both_s_and_the_old_id_leads_there(house: House) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    await merge(house, paolo, taken={"address"})
    giulia, twin = await body(house, "Patient", GIULIA), await body(house, "Patient", TWIN)
    assert replaced_by(twin) == GIULIA
    assert twin["active"] is False
    assert {"other": {"reference": f"Patient/{TWIN}"}, "type": "replaces"} in giulia["link"]
    codes = [one["value"] for one in giulia["identifier"]]
    assert codes == ["FRRGLI84C52D548X", "42", "STP123"]
    numbers = [one["value"] for one in giulia["telecom"]]
    assert numbers == ["0532 000000", "+39 333 1234567", "giulia.ferri@example.org", "333 1234567",
                       "gm.ferri@example.org"]  # fmt: skip
    assert giulia["address"][0]["line"] == ["Via Bologna 8"]
    assert giulia["address"][1]["use"] == "old"
    assert giulia["maritalStatus"] == {"text": "Nubile"}
    async with house.db.transaction() as tx:
        header = await reading.patient_header(house, tx, paolo, TWIN)
        shown = repr(await reading.timeline(house, tx, paolo, TWIN))
        found = await reading.find_patients(house, tx, paolo, "maria ferri")
        by_number = await reading.find_patients(house, tx, paolo, "STP123")
    assert (header.id, header.name) == (GIULIA, "Giulia Ferri")
    assert "Noci" in repr(header.allergies)
    assert "Fibrillazione" in shown
    assert "Asma" in shown
    assert [one.id for one in found] == [one.id for one in by_number] == [GIULIA]
    actions = await house.db.fetch("select action, patient from administration.audit_event where actor = $1", paolo.id)
    assert {r["patient"] for r in actions if r["action"] == "patient.merged"} == {GIULIA, TWIN}


async def test_undone_everything_is_as_it_was_to_the_letter(house: House) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    before = await everything(house)
    made = await merge(house, paolo, taken={"name", "address"})
    assert await everything(house) != before
    await undo(house, paolo, made)
    assert await everything(house) == before
    with pytest.raises(merging.CannotMerge, match="undone already"):
        await undo(house, paolo, made)
    assert await undo(house, paolo, as_uuid("00000000-0000-7000-8000-000000000000")) is None
    again = await merge(house, paolo)
    assert again != made


async def test_what_was_changed_since_the_merge_keeps_its_change(house: House) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    made = await merge(house, paolo)
    async with house.db.transaction() as tx:
        giulia = await store.get(tx, "Patient", GIULIA) or {}
        phone = {"system": "phone", "value": "0532 777777"}
        await store.put(tx, giulia | {"telecom": [*giulia["telecom"], phone], "gender": "other"})
        moved = await store.get(tx, "Condition", "fibrillazione") or {}
        await store.put(tx, moved | {"note": [{"text": "rivista"}]})
        named = await store.get(tx, "FamilyMemberHistory", "storia") or {}
        await store.put(tx, named | {"status": "partial"})
        await store.put(tx, of("Condition", "nuova", code={"text": "Nuova"}))
        await store.delete(tx, "AllergyIntolerance", "noci")
    await undo(house, paolo, made)
    giulia = await body(house, "Patient", GIULIA)
    assert [one["value"] for one in giulia["telecom"]][-1] == "0532 777777"
    assert "gm.ferri@example.org" not in repr(giulia)
    assert giulia["gender"] == "other"
    assert "link" not in giulia
    moved = await body(house, "Condition", "fibrillazione")
    assert (moved["subject"]["reference"], moved["note"]) == (f"Patient/{TWIN}", [{"text": "rivista"}])
    named = await body(house, "FamilyMemberHistory", "storia")
    assert named == NAMES_BOTH | {"status": "partial"}
    assert (await body(house, "Condition", "nuova"))["subject"]["reference"] == f"Patient/{GIULIA}"
    assert await body(house, "AllergyIntolerance", "noci") is None
    assert await body(house, "Patient", TWIN) == TWIN_RECORD


async def test_of_two_people_who_merge_in_opposite_directions_one_wins(house: House) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    seen = {GIULIA: 1, TWIN: 1}
    done = await asyncio.gather(
        *(merge(house, paolo, *pair, seen=seen) for pair in ((GIULIA, TWIN), (TWIN, GIULIA)) * 4),
        return_exceptions=True,
    )
    assert len([one for one in done if isinstance(one, UUID)]) == 1, done
    assert all(isinstance(one, (UUID, merging.CannotMerge, Stale)) for one in done), done
    patients = [await body(house, "Patient", one) for one in (GIULIA, TWIN)]
    assert sorted(bool(replaced_by(one)) for one in patients) == [False, True]
    assert await house.db.fetchval("select count(*) from record.merge") == 1


async def test_a_chain_of_merges_leads_to_its_end_and_is_undone_from_its_end(house: House) -> None:
    await both(house)
    third = TWIN_RECORD | {"id": "giulia-3", "identifier": []}
    async with house.db.transaction() as tx:
        await store.put(tx, third)
    paolo = await staff_member(house, "care_coordinator")
    first = await merge(house, paolo, GIULIA, TWIN)
    last = await merge(house, paolo, "giulia-3", GIULIA)
    async with house.db.transaction() as tx:
        assert (await reading.patient_header(house, tx, paolo, TWIN)).id == "giulia-3"
        spans = [row["patient"] for row in await merges.spans(tx, "giulia-3")]
    assert sorted(spans) == sorted(["giulia-3", GIULIA, TWIN])
    with pytest.raises(merging.CannotMerge, match="that merge first"):
        await undo(house, paolo, first)
    await undo(house, paolo, last)
    await undo(house, paolo, first)
    assert await body(house, "Patient", TWIN) == TWIN_RECORD


async def test_patients_read_who_looked_at_any_of_their_records(house: House) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")

    async def look(patient: str) -> None:
        async with house.db.transaction() as tx:
            await reading.care_team(house, tx, paolo, patient)

    async def told(patient: str) -> list[tuple[str, ...]]:
        async with house.db.transaction() as tx:
            found = await looks.looks_at(house, tx, Actor(kind="patient", id=patient, name="", language="en"))
        return [one.parts for one in found.looks]

    await look(TWIN)
    assert await told(GIULIA) == []
    made = await merge(house, paolo)
    assert await told(GIULIA) == [("Your care team",)]
    async with house.db.transaction() as tx:
        await reading.care_plans(house, tx, paolo, GIULIA)
    await undo(house, paolo, made)
    await look(GIULIA)
    assert await told(TWIN) == [("Your care plan", "Your care team")]


async def test_records_that_name_one_person_are_warned_of(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await both(house)
    namesake = {"resourceType": "Patient", "id": "omonima", "name": [{"family": "FERRI", "given": ["Giulia"]}]}
    async with house.db.transaction() as tx:
        await store.put(tx, namesake | {"birthDate": "1990-01-01"})
    paolo = await staff_member(house, "care_coordinator", "paola", "Paola Rossi")
    async with house.db.transaction() as tx:
        found = {one.id: one.doubles for one in await reading.find_patients(house, tx, paolo, "ferri giulia")}
    assert found["omonima"] == ()
    assert [(one.id, one.why) for one in found[GIULIA]] == [(TWIN, ("stesso codice fiscale", "stesso telefono"))]
    await sign_in(client, "agent")
    page = await client.get(f"/desk/patient/{GIULIA}")
    assert "Forse la stessa persona: Giulia Maria Ferri" in page.text
    assert "/merge" not in page.text


async def test_what_is_compared_is_what_the_versions_say(house: House) -> None:
    """A change that is not committed yet is waited for: else the old record would be shown with the new version."""
    await both(house)
    paolo = await staff_member(house, "care_coordinator")

    async def compare() -> Any:
        async with house.db.transaction() as tx:
            return await comparing.comparison(house, tx, paolo, GIULIA, TWIN)

    async with house.db.transaction() as tx:
        await store.put(tx, TWIN_RECORD | {"birthDate": "1991-01-01"})
        comparison = asyncio.create_task(compare())
        waiting = "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))"
        async with asyncio.timeout(20):
            while not await tx.fetchval(waiting):
                assert not comparison.done()
                await asyncio.sleep(0.01)
    shown = await comparison
    assert shown.versions == (1, 2)
    born = next(line for line in shown.lines if line.field == "birthDate")
    assert "1991" in born.values[1]
    with pytest.raises(Stale):
        await merge(house, paolo, seen={GIULIA: 1, TWIN: 1})


def test_parting_leaves_what_was_typed_meanwhile() -> None:
    one, other = {"resourceType": "Patient", "id": "a", "gender": "male"}, {"resourceType": "Patient", "id": "b"}
    after = united(one, other | {"birthDate": "1950-01-01"}, ())
    assert parted(after | {"birthDate": "1951-01-01"}, one, after) == one | {"birthDate": "1951-01-01"}
    assert parted(after, one, after) == one
