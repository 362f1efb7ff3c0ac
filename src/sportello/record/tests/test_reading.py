"""Every look is written down, permissions decide, and patients are found however they are written."""

import inspect
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sportello.administration.actor import SYSTEM
from sportello.fhir.intake import running
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.tests.cast import ELENA, GIULIA, PEOPLE, admit, staff

READS: dict[str, Callable[..., Awaitable[Any]]] = {
    name: call
    for name, call in vars(reading).items()
    if inspect.iscoroutinefunction(call)
    and not name.startswith("_")
    and call.__module__ == reading.__name__
    # Where the data come from is told beside a reading; by itself it tells nothing of anybody.
    and name != "standing"
}
OF_ONE = [name for name in READS if name != "find_patients"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the audit trail was told."""
    told: list[dict[str, Any]] = []

    async def record(house: House, tx: object, actor: Any, action: str, **more: Any) -> None:
        told.append({"actor": actor.id, "action": action, **more})

    monkeypatch.setattr(reading.audit, "record", record)
    return told


async def look(house: House, name: str, actor: Any = ELENA, patient: str = GIULIA) -> Any:
    async with house.db.transaction() as tx:
        return await READS[name](house, tx, actor, patient)


def test_all_reads_are_tried() -> None:
    assert {"patient_header", "timeline", "care_plans", "care_team", "find_patients"} <= READS.keys()


@pytest.mark.parametrize("name", OF_ONE)
async def test_every_read_of_a_patient_leaves_an_event(house: House, written: list[dict[str, Any]], name: str) -> None:
    await admit(house)
    await look(house, name)
    assert [(one["actor"], one["action"], one["patient"]) for one in written] == [("elena", "patient.read", GIULIA)]


async def test_a_search_leaves_an_event_with_those_it_showed(house: House, written: list[dict[str, Any]]) -> None:
    await admit(house)
    await look(house, "find_patients", patient="ferri")
    assert [(one["action"], one["detail"]["patients"]) for one in written] == [("patient.search", [GIULIA])]


@pytest.mark.parametrize("name", OF_ONE)
async def test_an_unknown_patient_is_said_to_be_unknown(house: House, name: str) -> None:
    with pytest.raises(UnknownPatient):
        await look(house, name, patient="nobody")


@pytest.mark.parametrize("name", list(READS))
async def test_without_the_permission_nothing_is_read(house: House, name: str) -> None:
    await admit(house)
    with pytest.raises(NotAllowed):
        await look(house, name, actor=staff(permissions=()))


@pytest.mark.parametrize(
    "text",
    [
        "ferri", "FERRI giulia", "giulia ferri", "Ferri, Giulia", "frrgli84c52d548x", "12/03/1984", "12.3.1984",
        "ferri 1984-03-12", "333 1234567", "+39 333 12 34 567", "0039 3331234567", "giulia.ferri@example.org",
    ],
)  # fmt: skip
async def test_giulia_is_found(house: House, text: str) -> None:
    await admit(house)
    assert [one.id for one in await look(house, "find_patients", patient=text)] == [GIULIA]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "rossi", "ferri 13/03/1984", "x" * 10_000, "';--", "\x00", "😀"])
async def test_what_fits_nobody_finds_nobody(house: House, text: str) -> None:
    await admit(house)
    assert await look(house, "find_patients", patient=text) == []


async def test_accents_and_apostrophes_do_not_matter(house: House) -> None:
    await admit(house, {**PEOPLE[0], "id": "nino", "name": [{"family": "D’Este", "given": ["Niccolò"]}]})
    assert [one.id for one in await look(house, "find_patients", patient="niccolo d'este")] == ["nino"]


async def test_an_import_is_in_the_trail_with_its_numbers(house: House, tmp_path: Path) -> None:
    file = tmp_path / "giulia.json"
    file.write_text(json.dumps(PEOPLE[0]))
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, [str(file)])
    await running.run(house, intake)
    (row,) = await house.db.fetch("select actor, action, detail from administration.audit_event")
    assert (row["actor"], row["action"], row["detail"]["created"]) == ("system", "record.import", 1)
