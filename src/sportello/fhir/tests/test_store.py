"""The resource store: versions, searches, and nothing that is typed becomes a pattern."""

from typing import Any

from sportello.fhir import store
from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def names(tx: Transaction, *words: str) -> list[str]:
    return [one["id"] for one in await store.find_people(tx, "Patient", words)]


async def test_put_get_and_delete(house: House) -> None:
    async with house.db.transaction() as tx:
        assert (await store.put(tx, giulia())).change == "created"
        assert (await store.put(tx, giulia())).change == "unchanged"
        changed = await store.put(tx, giulia(gender="other"))
        assert (changed.change, changed.version) == ("updated", 2)
        assert await store.get(tx, "Patient", "giulia-ferri") == giulia(gender="other")
        assert await store.delete(tx, "Patient", "giulia-ferri")
        assert not await store.delete(tx, "Patient", "giulia-ferri")
        assert [one["deleted"] for one in await store.history(tx, "Patient", "giulia-ferri")] == [True, False]


async def test_people_are_found_by_any_of_their_words_and_not_by_patterns(house: House) -> None:
    async with house.db.transaction() as tx:
        await store.put_many(tx, [giulia(), giulia(id="nino", name=[{"family": "D’Este", "given": ["Niccolò"]}])])
        assert await names(tx, "giu", "ferr") == ["giulia-ferri"]
        assert await names(tx, "niccolo", "d'este") == ["nino"]
        assert await names(tx, "1984-03-12") == ["nino", "giulia-ferri"]
        assert await names(tx, "%") == []
        assert await names(tx, "_erri") == []


async def test_search_by_token_reference_and_patient(house: House) -> None:
    condition: dict[str, Any] = {
        "resourceType": "Condition",
        "id": "asma",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "195967001"}]},
        "subject": {"reference": "Patient/giulia-ferri"},
        "recorder": {"reference": "Practitioner/anna-bianchi"},
    }
    async with house.db.transaction() as tx:
        await store.put_many(tx, [giulia(), bianchi(), condition])
        for asked in (
            {"token": "code|http://snomed.info/sct|195967001"},
            {"token": ["code|*|195967001"], "patient": "giulia-ferri"},
            {"ref": "Practitioner/anna-bianchi"},
        ):
            assert await store.search(tx, "Condition", **asked) == [condition], asked
        assert await store.search(tx, "Condition", patient="nobody") == []
        assert await store.by_token(tx, "Practitioner", "identifier|http://fnomceo.it|FE-1234") == ["anna-bianchi"]
        assert set(await store.get_many(tx, ["Patient/giulia-ferri", "Patient/nobody"])) == {"Patient/giulia-ferri"}
