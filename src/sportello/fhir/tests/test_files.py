"""Files: folders are walked, a bad file is told and the others go in, decimals keep their digits."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from sportello.fhir.commands import import_bundles
from sportello.fhir.tests.cast import bianchi, bundle, entry, giulia, weight
from sportello.kit.house import House


def write(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


async def run(house: House, *files: Path, report: Path | None = None) -> int:
    return await import_bundles(house, argparse.Namespace(files=list(files), report=report))


async def test_a_folder_goes_in_and_a_bad_file_is_told_with_entry_and_reason(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in/giulia.json", bundle())
    write(tmp_path / "in/deep/bianchi.json", bianchi())
    bad = write(tmp_path / "in/bad.json", bundle(entry(giulia(id="no good"))))
    broken = write(tmp_path / "in/broken.json", '{"resourceType": "Patient"')
    report = tmp_path / "report.json"
    assert await run(house, tmp_path / "in", report=report) == 1

    assert await house.db.fetchval("select count(*) from fhir.resource") == 4
    told = capsys.readouterr().err
    assert f"{bad} [1] Patient/no good Patient.id" in told
    by_file = {one["file"]: one for one in json.loads(report.read_text())}
    assert by_file[str(bad)]["imported"] is False
    assert by_file[str(bad)]["problems"][0]["entry"] == 0
    assert "not valid JSON" in by_file[str(broken)]["problems"][0]["reason"]
    assert by_file[str(tmp_path / "in/giulia.json")]["created"] == 3


async def test_all_good_is_exit_code_zero_and_nothing_found_is_not(house: House, tmp_path: Path) -> None:
    assert await run(house, write(tmp_path / "a.json", bianchi())) == 0
    (tmp_path / "empty").mkdir()
    assert await run(house, tmp_path / "empty") == 1
    assert await run(house, tmp_path / "missing.json") == 1


async def test_decimals_keep_their_digits(house: House, tmp_path: Path) -> None:
    text = json.dumps(weight("@")).replace('"@"', "61.50")
    await run(house, write(tmp_path / "weight.json", text))
    assert await house.db.fetchval("select body #>> '{valueQuantity,value}' from fhir.resource") == "61.50"


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "Patient", "id": "x", "name": [{"family": "a\\u0000b"}]}',
        '{"resourceType": "Patient", "id": "x", "a": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"resourceType": "Patient", "id": "x", "multipleBirthInteger": 1e999999}',
        "",
        "null",
        "\ufeff[]",
    ],
)
async def test_hostile_files_are_refused_in_words(
    house: House, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(house, write(tmp_path / "hostile.json", text)) == 1
    assert "hostile.json" in capsys.readouterr().err
