"""The record at the server: a 4 MB one read, audited and rendered part by part; how fast files of a bulk export come
in; how soon somebody is found among many people; what memory `$everything` of a large record takes.
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from benchmarks.crowd import patients, written
from sportello.administration import machines
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import Permission
from sportello.app import ROOMS, application, furnish, open_house
from sportello.fhir import store
from sportello.fhir.importing import import_bundle
from sportello.fhir.intake import running
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.settings import DatabaseSettings, Settings
from sportello.record import pages, reading

_BELOW = ROOMS[: ROOMS.index("record") + 1]
_RUNS = 200
_OTHERS = 60
_ACTOR = Actor("staff", "bench", "Bench", "it", "agent", frozenset(Permission))


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """Milliseconds at the server, one request at a time, in one transaction each; figures of another kind say so."""
    parser = argparse.ArgumentParser(prog="bench record")
    parser.add_argument("--people", type=int, default=20_000, help="among how many somebody is sought")
    parser.add_argument("--resources", type=int, default=30_000, help="how many come in from files")
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder)
    try:
        postgres.start()
        migrate(postgres.dsn)
        settings = Settings(database=DatabaseSettings(url=postgres.dsn), data=folder)
        return asyncio.run(_all(settings, asked.people, asked.resources))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _all(settings: Settings, people: int, resources: int) -> list[dict[str, object]]:
    found = await _measured(settings)
    house = furnish(settings, _BELOW)
    async with open_house(house, _BELOW):
        return [*found, *await _everything(house), await _taken_in(house, resources), *await _sought(house, people)]


async def _taken_in(house: House, resources: int) -> dict[str, object]:
    """From NDJSON files to the last commit, reading, checking and indexing included; resources a second."""
    folder = house.settings.data / "export"
    folder.mkdir()
    number, size = written(folder, resources)
    async with house.db.transaction() as tx:
        intake = await running.begin(house, tx, SYSTEM, [str(folder)])
    began = time.perf_counter()
    await running.run(house, intake)
    rate = number / (time.perf_counter() - began)
    refused = await house.db.fetchval("select count(*) from fhir.intake_refusal where not kept")
    assert not refused
    return {"what": f"taken in: resources/s ({number:,} of {size / 1e6:.0f} MB)", "p50_ms": rate, "p95_ms": rate}


async def _sought(house: House, people: int) -> list[dict[str, object]]:
    """As an agent types: a name, both in any order, a part, the fiscal code, a day of birth, nobody at all."""
    batch = list(patients(people))
    for start in range(0, people, 5000):
        async with house.db.transaction() as tx:
            await store.put_many(tx, batch[start : start + 5000])
    await house.db.execute("vacuum analyze fhir.resource")
    words: list[list[str]] = [[] for _ in range(6)]
    for one in random.Random(3).sample(batch, 100):
        name, given = one["name"][0]["family"], one["name"][0]["given"][0]
        words[0].append(name)
        words[1].append(f"{given} {name}")
        words[2].append(f"{name[:4]} {one['birthDate']}")
        words[3].append(one["identifier"][0]["value"])
        words[4].append(one["telecom"][0]["value"])
        words[5].append(f"{given} zzz{name}")
    kinds = ("by family name", "by given and family name", "by a part and the birth date", "by fiscal code",
             "by telephone", "of nobody")  # fmt: skip
    found = []
    for kind, texts in zip(kinds, words, strict=True):
        spent = []
        for text in texts:
            began = time.perf_counter()
            async with house.db.transaction() as tx:
                await reading.find_patients(house, tx, _ACTOR, text)
            spent.append((time.perf_counter() - began) * 1000)
        found.append({"what": f"search {kind} among {people:,}", "p50_ms": statistics.median(spent),
                      "p95_ms": statistics.quantiles(spent, n=20)[-1], "p99_ms": max(spent)})  # fmt: skip
    return found


async def _everything(house: House) -> list[dict[str, object]]:
    """Page after page at the door; how much this process grows while it goes through all of it."""
    large = _bundle("vast", 1200)
    async with house.db.transaction() as tx:
        await import_bundle(tx, large)
    size = len(msgspec.json.encode(large))
    del large
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["system/*.rs"], "Bench", timedelta(days=1))
    transport = httpx.ASGITransport(app=application(house, _BELOW, lifespan=False))  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers, timeout=60) as http:
        await http.get("/fhir/R4/Patient/giulia/$everything")
        before, most, spent = _resident(), 0.0, []
        address = "/fhir/R4/Patient/vast/$everything?_count=500"
        while address:
            began = time.perf_counter()
            page = msgspec.json.decode((await http.get(address)).content)
            spent.append((time.perf_counter() - began) * 1000)
            most = max(most, _resident() - before)
            address = next((one["url"] for one in page["link"] if one["relation"] == "next"), "")
    what = f"$everything of {size / 1e6:.0f} MB in pages of 500"
    return [
        {"what": f"{what}: a page", "p50_ms": statistics.median(spent), "p95_ms": max(spent)},
        {"what": f"{what}: memory grows by MB", "p50_ms": most, "p95_ms": most},
    ]


def _resident() -> float:
    """Megabytes that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _measured(settings: Settings) -> list[dict[str, object]]:
    house = furnish(settings, _BELOW)
    async with open_house(house, _BELOW):
        large = _bundle("giulia", 160)
        size = len(msgspec.json.encode(large))
        began = time.perf_counter()
        for n, bundle in enumerate([large, *(_bundle(f"other-{n}", 12) for n in range(_OTHERS))]):
            async with house.db.transaction() as tx:
                await import_bundle(tx, bundle)
            if n == 0:
                imported = time.perf_counter() - began
        await house.db.execute("analyze")
        what = f"{size / 1e6:.1f} MB, {len(large['entry'])} resources"
        found: list[dict[str, object]] = [
            {"what": f"import of {what}", "p50_ms": imported * 1000, "p95_ms": imported * 1000}
        ]
        for name, call in _parts(house).items():
            found.append({"what": name, **await _timed(house, call)})
        return found


def _parts(house: House) -> dict[str, Callable[[Any], Awaitable[object]]]:
    shared = pages.common(house) | {
        "actor": _ACTOR,
        "patient_id": "giulia",
        "glass": None,
        "reach": {},
        "bookable": set(),
    }

    def render(template: str, **context: Any) -> int:
        return len(house.pages.fragment("it", f"record/{template}.html", **shared, **context))

    async def header(tx: Any) -> object:
        return render("header", patient=await reading.patient_header(house, tx, _ACTOR, "giulia"))

    async def timeline(tx: Any) -> object:
        return render("timeline", timeline=await reading.timeline(house, tx, _ACTOR, "giulia"))

    async def plan(tx: Any) -> object:
        return render("plan", plans=await reading.care_plans(house, tx, _ACTOR, "giulia"))

    async def team(tx: Any) -> object:
        return render("team", team=await reading.care_team(house, tx, _ACTOR, "giulia"))

    async def whole(tx: Any) -> object:
        return [await part(tx) for part in (header, timeline, plan, team)]

    async def words(tx: Any) -> object:
        return await reading.timeline(house, tx, _ACTOR, "giulia", categories=["results"], text="emoglobina")

    async def search(tx: Any) -> object:
        return await reading.find_patients(house, tx, _ACTOR, "ferri 1984")

    return {
        "header": header, "timeline page": timeline, "plan": plan, "team": team,
        "header + timeline + plan + team": whole, "timeline filtered by words": words, "search": search,
    }  # fmt: skip


async def _timed(house: House, call: Callable[[Any], Awaitable[object]]) -> dict[str, object]:
    spent = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        async with house.db.transaction() as tx:
            await call(tx)
        spent.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": statistics.median(spent), "p95_ms": statistics.quantiles(spent, n=20)[-1]}


def _bundle(patient: str, visits: int) -> dict[str, Any]:
    """An invented record: each visit with a report of ten values, vital signs, a prescription, a procedure."""
    draw = random.Random(patient)
    ref = {"reference": f"Patient/{patient}"}
    listed: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": patient, "name": [{"family": "Ferri", "given": ["Giulia"]}],
         "birthDate": "1984-03-12", "generalPractitioner": [{"reference": "Practitioner/dr-0"}]},
        *({"resourceType": "Practitioner", "id": f"dr-{n}", "name": [{"family": f"Bianchi {n}"}]} for n in range(8)),
        {"resourceType": "CarePlan", "id": f"{patient}-plan", "status": "active", "intent": "plan", "subject": ref,
         "title": "Piano",
         "activity": [{"detail": {"code": {"text": f"Attività {n}"}, "status": "in-progress"}} for n in range(8)]},
    ]  # fmt: skip
    for n in range(visits):
        listed += _visit(patient, ref, n, draw)
    entries = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in listed]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _visit(patient: str, ref: dict[str, str], n: int, draw: random.Random) -> list[dict[str, Any]]:
    at = f"{2026 - n // 12}-{12 - n % 12:02}-05T09:00:00Z"
    name = f"{patient}-v{n}"
    here = {"subject": ref, "encounter": {"reference": f"Encounter/{name}"}}
    narrative = {
        "status": "generated",
        "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{'Testo generato. ' * 90}</div>",
    }

    def value(code: str, kind: str) -> dict[str, Any]:
        return {
            "resourceType": "Observation", "id": f"{name}-{code}", "status": "final", "text": narrative, **here,
            "category": [{"coding": [{"code": kind}]}], "effectiveDateTime": at,
            "code": {"text": f"Emoglobina {code}", "coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": round(draw.uniform(1, 200), 1), "unit": "mg/dL"},
        }  # fmt: skip

    values = [value(f"lab-{k}", "laboratory") for k in range(10)]
    return [
        {"resourceType": "Encounter", "id": name, "status": "finished", "class": {"code": "AMB"}, "subject": ref,
         "type": [{"text": "Visita di controllo"}], "period": {"start": at},
         "participant": [{"individual": {"reference": f"Practitioner/dr-{n % 8}"}}]},
        *values,
        {"resourceType": "DiagnosticReport", "id": f"{name}-report", "status": "final", "code": {"text": "Esami"},
         **here, "effectiveDateTime": at, "result": [{"reference": f"Observation/{one['id']}"} for one in values]},
        *(value(code, "vital-signs") for code in ("29463-7", "8302-2", "8867-4")),
        {"resourceType": "MedicationRequest", "id": f"{name}-rx", "status": "active", "intent": "order", **here,
         "medicationCodeableConcept": {"text": "Metformina 500 mg"}, "authoredOn": at},
        {"resourceType": "Procedure", "id": f"{name}-ecg", "status": "completed", "code": {"text": "ECG"}, **here,
         "performedDateTime": at},
    ]  # fmt: skip
