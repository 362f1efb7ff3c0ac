"""Bundles come in whole or not at all, once or twice alike, with their references resolved."""

import asyncio

import pytest

from sportello.fhir import store
from sportello.fhir.importing import Refused, Taken, import_bundle
from sportello.fhir.tests.cast import PATIENT_URN, VISIT_URN, bianchi, bundle, entry, giulia, visit, weight
from sportello.kit.house import House


async def take(house: House, content: dict[str, object]) -> Taken:
    async with house.db.transaction() as tx:
        return await import_bundle(tx, content, now=house.clock.now())


async def kept(house: House, reference: str) -> dict[str, object]:
    kind, logical_id = reference.split("/")
    async with house.db.transaction() as tx:
        found = await store.get(tx, kind, logical_id)
    assert found is not None, f"{reference} is not in the store"
    return found


async def test_addresses_of_the_bundle_become_references_to_the_store(house: House) -> None:
    taken = await take(house, bundle())
    assert (taken.created, taken.updated) == (3, 0)
    result = await kept(house, "Observation/peso-1")
    assert result["subject"] == {"reference": "Patient/giulia-ferri"}
    assert result["encounter"] == {"reference": "Encounter/visita-1"}


async def test_the_same_bundle_twice_changes_nothing(house: House) -> None:
    await take(house, bundle())
    again = await take(house, bundle())
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert await house.db.fetchval("select count(*) from fhir.history") == 0


async def test_a_changed_resource_gets_a_version_and_keeps_the_old_one(house: House) -> None:
    await take(house, bundle())
    taken = await take(house, bundle(entry(giulia(active=True))))
    assert taken.updated == 1
    async with house.db.transaction() as tx:
        versions = await store.history(tx, "Patient", "giulia-ferri")
    assert [one["version"] for one in versions] == [2, 1]
    assert versions[1]["body"] == giulia()


async def test_an_old_file_again_does_not_undo_newer_content_but_a_put_does(house: House) -> None:
    await take(house, bundle(entry(giulia())))
    await take(house, bundle(entry(giulia(active=True))))
    old = await take(house, bundle(entry(giulia())))
    assert old.unchanged == 1
    assert (await kept(house, "Patient/giulia-ferri"))["active"] is True
    put = await take(house, bundle(entry(giulia(), method="PUT", url="Patient/giulia-ferri")))
    assert put.updated == 1
    assert "active" not in await kept(house, "Patient/giulia-ferri")


async def test_a_conditional_reference_finds_its_target_in_the_bundle_or_in_the_store(house: House) -> None:
    await take(house, bundle(entry(bianchi())))
    await take(house, bundle(entry(giulia(), PATIENT_URN), entry(visit(), VISIT_URN)))
    doctor = (await kept(house, "Encounter/visita-1"))["participant"]
    assert doctor == [{"individual": {"reference": "Practitioner/anna-bianchi", "display": "Anna Bianchi"}}]

    other = {**visit(), "id": "visita-2"}
    await take(house, bundle(entry(bianchi()), entry(giulia(), PATIENT_URN), entry(other)))
    assert (await kept(house, "Encounter/visita-2"))["participant"] == doctor


async def test_a_reference_without_a_target_is_kept_and_reported(house: House) -> None:
    taken = await take(house, bundle())
    assert [(one.place, one.resource) for one in taken.warnings] == [(1, "Encounter/visita-1")]
    assert "Practitioner?identifier" in str(taken.warnings[0].fault)


async def test_one_bad_entry_keeps_the_whole_bundle_out_and_is_named(house: House) -> None:
    wrong = {**weight(), "status": "zzz", "subject": {"reference": "Patient/giulia ferri"}}
    with pytest.raises(Refused) as refused:
        await take(house, bundle(entry(giulia(), PATIENT_URN), entry(wrong)))
    problems = refused.value.problems
    assert {(one.place, one.resource) for one in problems} == {(1, "Observation/peso-1")}
    assert any("zzz" in str(one.fault) for one in problems)
    assert any("giulia ferri" in str(one.fault) for one in problems)
    assert await house.db.fetchval("select count(*) from fhir.resource") == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"resourceType": "Bundle", "type": "history", "entry": []}, "Bundle.type"),
        ({"resourceType": "Bundle", "type": "collection", "entry": {}}, "must be a list"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "PATCH"}}]}, "PATCH"),
        ({"resourceType": "Bundle", "type": "batch", "entry": ["x"]}, "JSON object"),
        ({"resourceType": "Dog", "id": "rex"}, "Dog"),
        ([], "expected"),
        (bundle(entry(giulia()), entry(giulia(active=True))), "same id"),
    ],
)
async def test_what_cannot_be_read_says_why(house: House, content: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        await take(house, content)
    assert reason in str(refused.value.problems[0].fault)


async def test_a_resource_without_an_id_gets_the_one_of_its_address(house: House) -> None:
    nameless = {key: value for key, value in giulia().items() if key != "id"}
    for _ in range(2):
        await take(house, bundle(entry(nameless, PATIENT_URN)))
    assert await house.db.fetchval("select array_agg(id) from fhir.resource") == [PATIENT_URN.removeprefix("urn:uuid:")]


async def test_a_resource_without_id_and_address_is_still_the_same_twice(house: House) -> None:
    nameless = {key: value for key, value in giulia().items() if key != "id"}
    for _ in range(2):
        await take(house, nameless)
    assert await house.db.fetchval("select count(*) from fhir.resource") == 1


async def test_a_conditional_create_steps_aside_for_its_match(house: House) -> None:
    await take(house, bundle(entry(giulia())))
    unless = "identifier=http://hl7.it/sid/codiceFiscale|FRRGLI84C52D548X"
    twin = giulia(id="twin")
    asked = entry(twin, PATIENT_URN, method="POST", url="Patient", ifNoneExist=unless)
    await take(house, bundle(asked, entry(weight())))
    assert (await kept(house, "Observation/peso-1"))["subject"] == {"reference": "Patient/giulia-ferri"}
    assert await house.db.fetchval("select count(*) from fhir.resource where type = 'Patient'") == 1


async def test_identifiers_that_look_like_addresses_are_left_alone(house: House) -> None:
    marked = giulia(identifier=[{"system": "urn:ietf:rfc:3986", "value": PATIENT_URN}])
    await take(house, bundle(entry(marked, PATIENT_URN)))
    assert (await kept(house, "Patient/giulia-ferri"))["identifier"] == marked["identifier"]


async def test_a_deletion_leaves_the_history_and_a_return_goes_on_counting(house: House) -> None:
    await take(house, bundle(entry(giulia())))
    gone = {"request": {"method": "DELETE", "url": "Patient/giulia-ferri"}}
    assert (await take(house, bundle(gone))).deleted == 1
    async with house.db.transaction() as tx:
        assert await store.get(tx, "Patient", "giulia-ferri") is None
    put = entry(giulia(active=False), method="PUT", url="Patient/giulia-ferri")
    assert (await take(house, bundle(put))).created == 1
    assert await house.db.fetchval("select version from fhir.resource") == 2


async def test_imports_at_the_same_time_wait_for_each_other_instead_of_failing(house: House) -> None:
    listed = [giulia(id=f"p{n}") for n in range(40)]

    async def one(turn: int) -> Taken:
        ordered = listed if turn % 2 else listed[::-1]
        return await take(house, bundle(*(entry({**resource, "active": True}) for resource in ordered)))

    taken = await asyncio.gather(*(one(turn) for turn in range(6)))
    assert sum(each.created for each in taken) == len(listed)
    assert await house.db.fetchval("select count(*) from fhir.history") == 0
