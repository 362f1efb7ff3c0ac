"""Files of every kind come in, what is wrong is told with its place; a process that ends takes nothing along."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from sportello.administration.actor import SYSTEM
from sportello.fhir.intake import reporting, running
from sportello.fhir.store import intakes
from sportello.fhir.tests.cast import bundle, entry, giulia, weight
from sportello.kit.house import House


def person(n: int, **changes: Any) -> dict[str, Any]:
    return giulia(id=f"p-{n}", **changes)


def lines(*resources: Any) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in resources)


async def taken(house: House, *places: Path) -> list[dict[str, Any]]:
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, list(map(str, places)))
    await running.run(house, intake)
    return await reporting.as_json(house.db, intake)


async def count(house: House) -> int:
    return int(await house.db.fetchval("select count(*) from fhir.resource"))


async def test_a_folder_as_a_bulk_export_leaves_it_comes_in(house: House, tmp_path: Path) -> None:
    (tmp_path / "Patient.ndjson").write_bytes(lines(person(1), b"", person(2)))
    (tmp_path / "Observation.ndjson.gz").write_bytes(gzip.compress(lines(weight(), {**weight(), "id": "peso-2"})))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as packed:
        packed.writestr("a/Patient.1.ndjson", lines(person(3)))
        packed.writestr("a/bundle.json", json.dumps(bundle(entry(person(4)))))
        packed.writestr("a/readme.txt", "nothing")
    (tmp_path / "manifest.json").write_text(json.dumps({"transactionTime": "2026-01-01T00:00:00Z", "output": []}))
    files = await taken(house, tmp_path)
    assert await count(house) == 6
    assert [one["problems"] for one in files] == [[]] * 5
    assert len({one["file"] for one in files}) == 5
    again = await taken(house, tmp_path)
    assert sum(one["unchanged"] for one in again) == 6
    assert await house.db.fetchval("select count(*) from fhir.history") == 0


async def test_what_is_refused_is_told_with_line_element_and_reason_and_the_rest_comes_in(
    house: House, tmp_path: Path
) -> None:
    wrong = {**weight(), "status": "zzz", "encounter": {"reference": "Encounter/a b"}}
    file = tmp_path / "mixed.ndjson"
    file.write_bytes(lines(person(1), b"{broken", wrong, person(2, gender=7), b'{"a": "\\u0000"}', {"x": 1}, person(3)))
    (told,) = await taken(house, file)
    assert await count(house) == 2
    found = {(one["entry"], one["element"]) for one in told["problems"]}
    assert found == {
        (1, ""), (2, "Observation.status"), (2, "Observation.encounter"), (3, "Patient.gender"), (4, ""), (5, "")
    }  # fmt: skip
    assert "zzz" in next(one["reason"] for one in told["problems"] if one["element"] == "Observation.status")


async def test_of_a_bundle_too_the_rest_comes_in(house: House, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle(entry(giulia(), "urn:uuid:0b6f2f0e-52b5-4c7e-9f0a-9a2a8a4c0001"),
                                      entry({**weight(), "status": "zzz"}))))  # fmt: skip
    (told,) = await taken(house, file)
    assert await count(house) == 1
    assert [(one["entry"], one["resource"]) for one in told["problems"]] == [(1, "Observation/peso-1")]


async def test_what_postgresql_cannot_keep_is_refused_alone(house: House, tmp_path: Path) -> None:
    file = tmp_path / "numbers.ndjson"
    bad = json.dumps(person(2, multipleBirthInteger="@")).replace('"@"', "1e999999").encode()
    file.write_bytes(lines(person(1), bad, person(3)))
    (told,) = await taken(house, file)
    assert await count(house) == 2
    assert [(one["entry"], one["resource"]) for one in told["problems"]] == [(1, "Patient/p-2")]


async def test_a_resource_that_comes_again_in_a_file_becomes_its_next_version(house: House, tmp_path: Path) -> None:
    file = tmp_path / "twice.ndjson"
    file.write_bytes(lines(person(1), person(1, active=True)))
    (told,) = await taken(house, file)
    assert (told["created"], told["updated"]) == (1, 1)


@pytest.mark.parametrize("name", ["cut.ndjson.gz", "cut.zip", "none.ndjson"])
async def test_a_damaged_file_is_told_and_the_others_come_in(house: House, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.ndjson").write_bytes(lines(person(1)))
    damaged = tmp_path / name
    if name.endswith("gz"):
        damaged.write_bytes(gzip.compress(os.urandom(5000))[:-900])
    elif name.endswith("zip"):
        damaged.write_bytes(b"PK\x03\x04 no more")
    told = await taken(house, damaged, tmp_path / "a.ndjson")
    assert len(told[0]["problems"]) == 1
    assert await count(house) == 1


async def test_a_file_changed_while_it_was_stopped_begins_anew(house: House, tmp_path: Path) -> None:
    file = tmp_path / "people.ndjson"
    file.write_bytes(lines(*(person(n) for n in range(2500))))
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, [str(file)])
    belt = running.Belt(house, intake)
    assert await house.db.run(belt.step)
    belt.close()
    (half,) = await intakes.files(house.db, intake)
    assert 0 < half.created < 2500
    file.write_bytes(lines(*(person(n) for n in range(5000, 5100))))
    await running.run(house, intake)
    (whole,) = await intakes.files(house.db, intake)
    assert (whole.done, whole.created) == (True, 100)


async def test_a_piece_whose_transaction_is_rolled_back_comes_in_later(house: House, tmp_path: Path) -> None:
    """A broken deadlock is answered with the same step again: what it had read is not passed over."""
    for part in range(3):
        people = (person(part * 5000 + n) for n in range(2500))
        (tmp_path / f"Patient.{part}.ndjson").write_bytes(lines(*people))
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, [str(tmp_path)])
    belt, steps = running.Belt(house, intake), 0

    async def work(tx: Any) -> Any:
        nonlocal steps
        steps += 1
        found = await belt.step(tx)
        if steps in (2, 3, 6):
            raise asyncpg.DeadlockDetectedError
        return found

    while await house.db.run(work):
        pass
    belt.close()
    assert await count(house) == 7500
    assert [one.created for one in await intakes.files(house.db, intake)] == [2500] * 3


async def test_what_stands_before_the_damage_comes_in(house: House, tmp_path: Path) -> None:
    packed = gzip.compress(lines(*(person(n) for n in range(6500)))) + b"no gzip at all" * 900
    (tmp_path / "people.ndjson.gz").write_bytes(packed)
    (told,) = await taken(house, tmp_path / "people.ndjson.gz")
    assert len(told["problems"]) == 1
    assert told["created"] == await count(house) >= 6000


async def test_killed_at_any_moment_it_goes_on_and_nothing_is_doubled(house: House, dsn: str, tmp_path: Path) -> None:
    for part in range(3):
        people = [person(part * 2000 + n) for n in range(1500)]
        (tmp_path / f"Patient.{part}.ndjson").write_bytes(lines(*people, b"{broken"))
    command = [sys.executable, "-m", "sportello", "import", "ndjson", str(tmp_path), "--data", str(tmp_path / "data")]
    environment = {**os.environ, "SPORTELLO_DATABASE_URL": dsn}
    kills, runs = 0, 0
    while await house.db.fetchval("select count(*) from fhir.intake where state = 'done'") == 0:
        runs += 1
        assert runs < 9
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        before = await count(house)
        while process.returncode is None and (kills or await count(house) == before):
            await asyncio.sleep(0.02)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        await process.wait()
    assert (kills, process.returncode) == (1, 1)
    assert await count(house) == 4_500
    assert await house.db.fetchval("select count(*) from fhir.history") == 0
    rows = await house.db.fetch("select sum(created) c, sum(refused) r from fhir.intake_file group by intake")
    assert [(row["c"], row["r"]) for row in rows] == [(4_500, 3)], "one order, each resource counted once"
    assert await house.db.fetchval("select count(*) from fhir.intake_refusal") == 3


async def test_an_administrator_sends_files_and_watches(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await house.jobs.stop()  # the test runs them
    await sign_in(client, "administrator")
    page = await client.get("/desk/imports")
    assert page.status_code == 200
    form = {"id": page.text.split('name="id" value="')[1].split('"')[0]}
    empty = await client.post("/desk/imports", data=form)
    assert empty.status_code == 422
    refused = await client.post("/desk/imports", data=form, files={"files": ("a.exe", b"x")})
    assert refused.status_code == 422
    assert "a.exe" in refused.text
    sent = {"files": ("../../Patient.ndjson", lines(person(1), {**person(2), "gender": "=cmd"}))}
    for _ in range(2):  # a double click
        begun = await client.post("/desk/imports", data=form, files=sent)
        assert begun.status_code == 303
    await house.jobs.run_due()
    shown = await client.get(begun.headers["location"])
    assert "Patient.gender" in shown.text
    assert 'hx-trigger="every' not in shown.text
    assert await count(house) == 1
    assert await house.db.fetchval("select count(*) from fhir.intake") == 1
    report = await client.get(begun.headers["location"] + "/report.csv")
    assert "Patient.gender" in report.text
    assert not list((house.settings.data / "import" / "uploads").iterdir())


async def test_on_a_server_without_its_files_an_intake_stops_refuses_nothing_and_goes_on_where_they_are(
    house: House, client: httpx.AsyncClient, sign_in: Any
) -> None:
    await house.jobs.stop()  # the test runs them
    await sign_in(client, "administrator")
    page = await client.get("/desk/imports")
    form = {"id": page.text.split('name="id" value="')[1].split('"')[0]}
    sent = {"files": ("Patient.ndjson", lines(person(1), person(2)))}
    address = (await client.post("/desk/imports", data=form, files=sent)).headers["location"]
    here = house.settings.data / "import" / "uploads"
    away = here.rename(here.with_name("elsewhere"))
    await house.jobs.run_due()
    told = (await client.get(address)).text
    assert "su un altro server" in told
    assert await count(house) == 0
    assert await house.db.fetchval("select count(*) from fhir.intake_refusal") == 0
    away.rename(here)
    await client.post(address + "/resume", data={})
    await house.jobs.run_due()
    assert await count(house) == 2
    assert "su un altro server" not in (await client.get(address)).text


async def test_stopped_it_waits_and_goes_on(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await house.jobs.stop()  # the test runs them
    await sign_in(client, "administrator")
    place = house.settings.data / "import"
    place.mkdir()
    (place / "people.ndjson").write_bytes(lines(*(person(n) for n in range(30))))
    form = {"id": "", "named": ["people.ndjson", "../secret"]}
    begun = await client.post("/desk/imports", data=form)
    address = begun.headers["location"]
    await client.post(address + "/stop", data={})
    await house.jobs.run_due()
    stopped = await count(house)
    await client.post(address + "/resume", data={})
    await house.jobs.run_due()
    assert stopped in (0, 30)
    assert await count(house) == 30
