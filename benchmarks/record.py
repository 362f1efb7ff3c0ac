"""How long the record takes at the server for a 4 MB record among others: each part read, audited and rendered."""

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.app import ROOMS, furnish, open_house
from sportello.fhir.importing import import_bundle
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.settings import DatabaseSettings, Settings
from sportello.record import reading
from sportello.record.rules import CATEGORIES

_BELOW = ROOMS[: ROOMS.index("record") + 1]
_RUNS = 200
_OTHERS = 60
_ACTOR = Actor("staff", "bench", "Bench", "it", "agent", frozenset(Permission))


def rows(_arguments: list[str]) -> list[dict[str, object]]:
    """Milliseconds at the server, one request at a time, in one transaction each."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder)
    try:
        postgres.start()
        migrate(postgres.dsn)
        return asyncio.run(_measured(Settings(database=DatabaseSettings(url=postgres.dsn), data=folder)))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


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
    shared = {"patient_id": "giulia", "zone": house.settings.clinic.tz, "after": None,
              "categories": {name: label for name, (label, _) in CATEGORIES.items()}}  # fmt: skip

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
