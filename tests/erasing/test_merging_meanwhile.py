"""Erasures and merges of the same records: neither moves data away from the other, nor a stranger's in its way."""

import asyncio

import pytest

from sportello.administration.privacy import erasing
from sportello.administration.testing import staff_member
from sportello.fhir.importing import import_bundle
from sportello.kit.house import House
from sportello.record import merging
from tests.erasing.stage import Person, rows_of, where_found
from tests.erasing.test_erasing import (  # noqa: F401  two are fixtures
    LEFT,
    approved,
    asked,
    everything_goes,
    people,
    settings,
    through,
)


async def test_between_approval_and_end_nothing_is_merged_nor_parted(
    house: House,
    people: tuple[Person, Person],  # noqa: F811
) -> None:
    """Moved away her data would survive; a stranger's that were moved to her would go."""
    her, him = people
    sara = await staff_member(house, "administrator")
    await everything_goes(house, sara)
    twin = {"resourceType": "Patient", "id": "4711-0003-993399", "name": [{"family": "Sestagalli"}]}
    async with house.db.transaction() as tx:
        await import_bundle(tx, {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": twin}]})

    async def versions() -> dict[str, int]:
        rows = await house.db.fetch("select id, version from fhir.resource where type = 'Patient'")
        return {row["id"]: row["version"] for row in rows}

    seen = await versions()
    merged = await house.db.run(lambda tx: merging.merge(house, tx, sara, her.id, twin["id"], seen=seen))
    before = await rows_of(house, him)
    await approved(house, her)
    seen = await versions()
    for survivor, former in ((him.id, her.id), (her.id, him.id)):
        with pytest.raises(merging.CannotMerge, match="being erased"):
            await house.db.run(lambda tx, one=survivor, two=former: merging.merge(house, tx, sara, one, two, seen=seen))
    with pytest.raises(merging.CannotMerge, match="being erased"):
        await house.db.run(lambda tx: merging.undo(house, tx, sara, merged))
    await through(house)
    assert await where_found(house, [*her.words, "Sestagalli"]) == []
    with pytest.raises(merging.CannotMerge, match="erased since"):
        await house.db.run(lambda tx: merging.undo(house, tx, sara, merged))
    after = await rows_of(house, him)
    assert {name: rows for name, rows in after.items() if name not in LEFT} == {
        name: rows for name, rows in before.items() if name not in LEFT
    }


async def test_of_a_merge_and_an_approval_at_once_one_waits_and_nobody_erases_what_was_not_shown(
    house: House,
    people: tuple[Person, Person],  # noqa: F811
) -> None:
    her, him = people
    await everything_goes(house, await staff_member(house, "administrator"))
    erasure, sara = await asked(house, her)
    mark = (await house.db.run(lambda tx: erasing.dry_run(house, tx, her.id))).mark
    rows = await house.db.fetch("select id, version from fhir.resource where type = 'Patient'")
    seen = {row["id"]: row["version"] for row in rows}

    async def merge() -> str:
        try:
            await house.db.run(lambda tx: merging.merge(house, tx, sara, her.id, him.id, seen=seen))
        except merging.CannotMerge as no:
            return no.message
        return "merged"

    async def approve() -> str:
        try:
            await house.db.run(lambda tx: erasing.approve(house, tx, sara, erasure, mark))
        except erasing.NotNow as no:
            return str(no)
        return "approved"

    came = await asyncio.gather(merge(), approve())
    assert came in (["merged", erasing.CHANGED], [merging.ERASING, "approved"]), came
