"""The public data sets (Synthea patients, HL7's own examples) go in whole, twice without a change.

They are not part of the project: the folder `shared/data` beside the checkout, or SPORTELLO_TEST_DATA, holds them.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from sportello.administration.actor import SYSTEM
from sportello.fhir.files import found
from sportello.fhir.intake import reporting, running
from sportello.kit.house import House

# Wrong by design: an extract whose items lack their required linkId.
WRONG = {"examplescenario-questionnaire.json": "linkId is required"}


def data() -> Path | None:
    named = os.environ.get("SPORTELLO_TEST_DATA")
    places = [Path(named)] if named else [parent / "shared/data" for parent in Path(__file__).resolve().parents[4:6]]
    return next((place for place in places if place.is_dir()), None)


async def taken(house: House, files: list[Path]) -> list[dict[str, Any]]:
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, list(map(str, files)))
    await running.run(house, intake)
    return await reporting.as_json(house.db, intake)


@pytest.mark.skipif(data() is None, reason="no shared/data beside the checkout")
async def test_both_data_sets_go_in_and_only_what_is_wrong_by_design_is_refused(house: House) -> None:
    place = data()
    assert place is not None
    files = list(found([place]))
    assert len(files) > 300, f"{place} holds only {len(files)} files"
    first = await taken(house, files)
    refused = {Path(one["file"]).name: [each["reason"] for each in one["problems"]] for one in first if one["problems"]}
    assert refused.keys() == WRONG.keys(), refused
    assert all(any(reason in fault for fault in refused[name]) for name, reason in WRONG.items())

    before = await house.db.fetchval("select sum(version) from fhir.resource")
    again = await taken(house, files)
    assert sum(one["created"] + one["updated"] for one in again) == 0
    assert await house.db.fetchval("select sum(version) from fhir.resource") == before
    unresolved = """select type || '/' || id from fhir.resource
        where jsonb_path_exists(body, '$.**.reference ? (@ starts with "urn:uuid:")')"""
    assert await house.db.fetch(unresolved) == []
