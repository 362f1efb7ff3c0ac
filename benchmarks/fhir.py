"""The FHIR door with many resources: how fast they come in, and what twenty searches of different kinds take."""

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.app import ROOMS, application, furnish, open_house
from sportello.fhir import store
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.settings import DatabaseSettings, Settings

_BELOW = ROOMS[: ROOMS.index("fhir") + 1]
_FAMILIES = "Rossi Ferrari Russo Bianchi Romano Gallo Costa Fontana Conti Ricci Marino Greco Bruno Lombardi".split()
_GIVEN = "Giulia Marco Anna Luca Elena Paolo Sara Davide Chiara Matteo Laura Andrea Marta Pietro".split()
_CODES = [(f"{1000 + n}-{n % 10}", f"Esame {n}") for n in range(120)]
_EACH = 25  # resources a patient
_BATCH, _RUNS, _SLOW = 5000, 20, 5.0

SEARCHES = {
    "read": "Patient/p-77",
    "by identifier": "Patient?identifier=http://x.org/number|N-0000077",
    "by name": "Patient?name=ferrari&_count=20",
    "by name and birth date": "Patient?family=ross&birthdate=1970",
    "by a word within a name": "Patient?name:contains=erra&_count=20",
    "newest of a patient": "Observation?patient=p-77&_sort=-date&_count=10",
    "of a patient by code": "Observation?patient=p-77&code=http://loinc.org|1003-3",
    "by code, first page": "Observation?code=http://loinc.org|1003-3&_count=50",
    "by code and day": "Observation?code=http://loinc.org|1003-3&date=2026-03-02",
    "of a day": "Observation?date=2026-03-02&_count=100",
    "newest of all": "Observation?_sort=-date&_count=20",
    "by code and value": "Observation?code=http://loinc.org|1003-3&value-quantity=gt190&_count=50",
    "by value alone": "Observation?value-quantity=gt199.9&_count=50",
    "chained": "Observation?patient.identifier=http://x.org/number|N-0000077&_count=50",
    "with what it refers to": "Observation?code=http://loinc.org|1003-3&_include=Observation:subject&_count=20",
    "with who refers to it": "Patient?_id=p-77&_revinclude=Observation:subject",
    "changed lately": "Encounter?_lastUpdated=gt2026-01-01&_count=50",
    "without something": "Patient?email:missing=true&_count=20",
    "how many of a status": "Encounter?status=finished&_summary=count",
    "everything of a patient": "Patient/p-77/$everything?_count=100",
}


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """Milliseconds at the door, in one process, one request at a time; `--resources` says among how many."""
    parser = argparse.ArgumentParser(prog="bench fhir")
    parser.add_argument("--resources", type=int, default=50_000)
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder)
    try:
        postgres.start()
        migrate(postgres.dsn)
        settings = Settings(database=DatabaseSettings(url=postgres.dsn), data=folder)
        return asyncio.run(_measured(settings, max(1, asked.resources // _EACH)))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _measured(settings: Settings, patients: int) -> list[dict[str, object]]:
    house = furnish(settings, _BELOW)
    async with open_house(house, _BELOW):
        rate = await _filled(house, patients)
        await house.db.execute("vacuum analyze fhir.resource")
        async with house.db.transaction() as tx:
            scopes = ["system/*.rs"]
            token = await machines.issue(house, tx, SYSTEM, "fhir", scopes, "Bench", timedelta(days=1))
        number = f"{patients * _EACH:,} resources of {patients:,} patients"
        found: list[dict[str, object]] = [{"what": f"import: resources/s ({number})", "p50_ms": rate, "p99_ms": rate}]
        transport = httpx.ASGITransport(app=application(house, _BELOW, lifespan=False))  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", headers=headers, timeout=120
        ) as http:
            for name, path in SEARCHES.items():
                found.append({"what": name, **await _timed(http, f"/fhir/R4/{path}")})
        return found


async def _filled(house: House, patients: int) -> float:
    """Resources per second that come in, in transactions of some thousands."""
    began, number = time.perf_counter(), 0
    batch: list[dict[str, Any]] = []
    for one in _resources(patients):
        batch.append(one)
        number += 1
        if len(batch) == _BATCH:
            async with house.db.transaction() as tx:
                await store.put_many(tx, batch)
            batch = []
    async with house.db.transaction() as tx:
        await store.put_many(tx, batch)
    return number / (time.perf_counter() - began)


def _resources(patients: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(7)
    first = datetime(2021, 1, 1, 8, tzinfo=UTC)
    for n in range(patients):
        family, given = draw.choice(_FAMILIES), draw.choice(_GIVEN)
        yield {
            "resourceType": "Patient", "id": f"p-{n}", "gender": draw.choice(["male", "female"]),
            "identifier": [{"system": "http://x.org/number", "value": f"N-{n:07}"}],
            "name": [{"family": f"{family}{n % 97 or ''}", "given": [given]}],
            "birthDate": f"{draw.randint(1930, 2020)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "telecom": [{"system": "email", "value": f"p{n}@example.org"}] if n % 3 else [],
        }  # fmt: skip
        subject = {"reference": f"Patient/p-{n}"}
        for visit in range(4):
            at = (first + timedelta(minutes=draw.randint(0, 3_000_000))).isoformat()
            here = {"subject": subject, "encounter": {"reference": f"Encounter/p-{n}-{visit}"}}
            yield {"resourceType": "Encounter", "id": f"p-{n}-{visit}", "status": "finished", "class": {"code": "AMB"},
                   "subject": subject, "period": {"start": at, "end": at}}  # fmt: skip
            for value in range(5):
                code, name = draw.choice(_CODES)
                yield {
                    "resourceType": "Observation", "id": f"p-{n}-{visit}-{value}", "status": "final", **here,
                    "category": [{"coding": [{"code": "laboratory"}]}], "effectiveDateTime": at,
                    "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}]},
                    "valueQuantity": {"value": round(draw.uniform(1, 200), 1), "unit": "mg/dL", "code": "mg/dL"},
                }  # fmt: skip


async def _timed(http: httpx.AsyncClient, path: str) -> dict[str, object]:
    """Of a search that takes seconds three tries are enough."""
    spent: list[float] = []
    while len(spent) < _RUNS and not (len(spent) >= 3 and sum(spent) > _SLOW):
        began = time.perf_counter()
        answer = await http.get(path)
        spent.append(time.perf_counter() - began)
        assert answer.status_code == httpx.codes.OK, answer.text
    told = [one * 1000 for one in spent]
    return {"p50_ms": statistics.median(told), "p99_ms": max(told)}
