"""The door's tables are what R4's own definitions say, and nothing else."""

import json

from tests.fhir.tables import DOOR, tables


def test_the_tables_are_made_from_the_definitions() -> None:
    parameters, summaries = tables()
    assert json.loads((DOOR / "parameters.json").read_text()) == json.loads(parameters)
    assert json.loads((DOOR / "summaries.json").read_text()) == json.loads(summaries)
