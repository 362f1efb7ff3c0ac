"""The public data sets (Synthea patients, HL7's own examples) go in whole, twice without a change.

They are not part of the project: the folder `shared/data` beside the checkout, or SPORTELLO_TEST_DATA, holds them.
"""

import os
from pathlib import Path

import pytest

from sportello.fhir.files import found, import_files
from sportello.kit.house import House

# Wrong by design: an extract whose items lack their required linkId.
WRONG = {"examplescenario-questionnaire.json": "linkId is required"}


def data() -> Path | None:
    named = os.environ.get("SPORTELLO_TEST_DATA")
    places = [Path(named)] if named else [parent / "shared/data" for parent in Path(__file__).resolve().parents[4:6]]
    return next((place for place in places if place.is_dir()), None)


@pytest.mark.skipif(data() is None, reason="no shared/data beside the checkout")
async def test_both_data_sets_go_in_and_only_what_is_wrong_by_design_is_refused(house: House) -> None:
    place = data()
    assert place is not None
    files = list(found([place]))
    assert len(files) > 300, f"{place} holds only {len(files)} files"
    first = await import_files(house, files)
    refused = {report.file.name: [str(one.fault) for one in report.problems] for report in first if not report.taken}
    assert refused.keys() == WRONG.keys(), refused
    assert all(any(reason in fault for fault in refused[name]) for name, reason in WRONG.items())

    before = await house.db.fetchval("select sum(version) from fhir.resource")
    again = await import_files(house, files)
    assert sum(report.taken.created + report.taken.updated for report in again if report.taken) == 0
    assert await house.db.fetchval("select sum(version) from fhir.resource") == before
    unresolved = """select type || '/' || id from fhir.resource
        where jsonb_path_exists(body, '$.**.reference ? (@ starts with "urn:uuid:")')"""
    assert await house.db.fetch(unresolved) == []
