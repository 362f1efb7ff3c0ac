"""Reading at the door: what is there, what was, what may not be seen, and what is told when nothing can be."""

from typing import Any

import httpx
import pytest

from sportello.fhir.door import doors
from sportello.fhir.door.capability import KEPT
from sportello.fhir.door.parameters import parameters
from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.database import Busy
from sportello.kit.house import House

SECRET = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}]}}


def result(name: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]},
        "subject": {"reference": "Patient/giulia-ferri"},
        "performer": [{"reference": "Practitioner/anna-bianchi"}],
        **more,
    }


async def test_what_the_door_can_do_is_what_its_tables_say(client: httpx.AsyncClient) -> None:
    told = (await client.get("/fhir/R4/metadata")).json()
    assert (told["resourceType"], told["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    known = {one["type"]: {p["name"] for p in one["searchParam"]} for one in told["rest"][0]["resource"]}
    assert set(known) == KEPT
    assert {"name", "birthdate", "identifier", "phone", "general-practitioner", "_id"} <= known["Patient"]
    assert {"schedule", "status", "start", "specialty"} <= known["Slot"]
    assert all(names == set(parameters(kind)) for kind, names in known.items())


async def test_reading_and_its_versions(arrive: Any, keep: Any) -> None:
    system = await arrive()
    await keep(giulia())
    answer = await system.ask("GET", "Patient/giulia-ferri")
    assert answer.headers["etag"] == 'W/"1"'
    assert {k: v for k, v in answer.json().items() if k != "meta"} == giulia()
    assert answer.json()["meta"]["versionId"] == "1"
    assert (await system.ask("GET", "Patient/giulia-ferri", if_none_match='W/"1"')).status_code == 304
    await keep(giulia(active=True))
    assert (await system.get("Patient/giulia-ferri"))["active"] is True
    assert "active" not in await system.get("Patient/giulia-ferri/_history/1")
    told = await system.get("Patient/giulia-ferri/_history")
    assert [e["resource"]["meta"]["versionId"] for e in told["entry"]] == ["2", "1"]
    assert (await system.ask("GET", "Patient/giulia-ferri/_history/9")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Patient/nobody", 404), ("GET", "Nothing/1", 404), ("GET", "patient", 404), ("GET", "Patient/a b", 404),
        ("GET", "Patient/x/y/z/q", 404), ("GET", "Patient/$nothing", 404), ("PUT", "Patient/x/_history", 405),
        ("GET", "", 405), ("POST", "Patient/x", 405), ("GET", "Patient?_format=xml", 406),
        ("GET", "Patient?birthdate=tomorrow", 400), ("GET", "Patient?_count=-1", 400),
        ("GET", "Patient?_sort=shoe", 400),
        ("GET", "Patient?_include=Patient:name", 400), ("GET", "Patient?name:fuzzy=x", 400),
        ("GET", "Patient?_cursor=x", 400),
        ("GET", "Parameters", 404), ("GET", "Patient?general-practitioner.organization.name=x", 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told(arrive: Any, method: str, path: str, status: int) -> None:
    assert (await (await arrive()).ask(method, path)).status_code == status


async def test_without_a_token_nothing_is_told(client: httpx.AsyncClient, keep: Any) -> None:
    await keep(giulia())
    for headers in ({}, {"authorization": "Bearer x"}):
        for path in ("/fhir/R4/Patient", "/fhir/R4/Patient/giulia-ferri", "/fhir/R4/Patient/nobody"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["issue"][0]["code"] == "login"
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_reaches_as_far_as_its_scopes(arrive: Any, keep: Any) -> None:
    await keep(giulia(), bianchi(), result("hb"))
    reads = await arrive("system/Observation.r")
    assert (await reads.ask("GET", "Observation/hb")).status_code == 200
    for path in ("Observation", "Patient/giulia-ferri", "Patient", "Patient/giulia-ferri/$everything"):
        assert (await reads.ask("GET", path)).status_code == 403, path
    assert (await reads.ask("DELETE", "Observation/hb")).status_code == 403
    old = await arrive("system/Observation.read")
    page = await old.get("Observation?_include=Observation:performer&_include=Observation:subject")
    assert [e["resource"]["id"] for e in page["entry"]] == ["hb"], "includes need the right to read"
    assert (await old.ask("GET", "Observation?subject:Patient.name=ferri")).status_code == 403, "and so do chains"
    page = await (await arrive("system/*.rs")).get("Observation?_include=*&_include=Observation:performer")
    assert {e["resource"]["id"] for e in page["entry"]} >= {"hb", "anna-bianchi"}


async def test_what_is_sensitive_is_as_if_it_were_not_there(arrive: Any, keep: Any) -> None:
    await keep(giulia(), result("plain"), result("secret", **SECRET))
    usual, trusted = await arrive("*"), await arrive("*", "patient.read_sensitive")
    assert (await usual.ask("GET", "Observation/secret")).status_code == 404
    assert (await usual.ask("GET", "Observation/secret/_history")).status_code == 404
    assert await usual.ids("Observation") == ["plain"]
    assert (await usual.get("Observation?_summary=count"))["total"] == 1
    for path in ("Patient?_revinclude=Observation:subject", "Patient/giulia-ferri/$everything"):
        page = await usual.get(path)
        assert "secret" not in str(page)
        assert "secret" in str(await trusted.get(path))
    assert (await usual.ask("PUT", "Observation/secret", result("secret"))).status_code == 403
    assert await trusted.ids("Observation") == ["plain", "secret"]


async def test_every_look_is_on_record(house: House, arrive: Any, keep: Any) -> None:
    await keep(giulia(), bianchi(), result("hb"))
    system = await arrive()
    await system.get("Observation/hb")
    await system.get("Observation")
    await system.get("Practitioner/anna-bianchi")
    rows = await house.db.fetch(
        "select action, patient, actor_kind, actor_name from administration.audit_event"
        " where action like 'fhir.%' order by seq"
    )
    assert [(row["action"], row["patient"]) for row in rows] == [
        ("fhir.read", "giulia-ferri"), ("fhir.searched", "giulia-ferri"),
    ]  # fmt: skip
    assert {(row["actor_kind"], row["actor_name"]) for row in rows} == {("machine", "Laboratory")}


async def test_everything_of_a_patient_page_by_page(arrive: Any, keep: Any) -> None:
    other = giulia(id="marco", name=[{"family": "Riva"}])
    own = [result(f"hb-{n:02}") for n in range(7)]
    await keep(giulia(), other, bianchi(), *own, result("not-hers", subject={"reference": "Patient/marco"}))
    system = await arrive()
    path, seen, pages = "Patient/giulia-ferri/$everything?_count=3", [], 0
    while path:
        page = await system.get(path)
        pages += 1
        seen += [e["resource"]["id"] for e in page["entry"] if e["search"]["mode"] == "match"]
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert (seen, pages) == ([*(one["id"] for one in own), "giulia-ferri"], 3)
    some = await system.get("Patient/giulia-ferri/$everything?_type=Patient")
    assert [e["resource"]["id"] for e in some["entry"]] == ["giulia-ferri"]
    assert await system.ids("Patient/giulia-ferri/Observation?_count=2") == [one["id"] for one in own]


async def test_a_full_house_and_a_fault_are_told_as_fhir_tells_them(
    client: httpx.AsyncClient, arrive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = await arrive()
    for raised, status, code in ((Busy(), 503, "throttled"), (ZeroDivisionError("Ferri"), 500, "exception")):

        async def fail(*_args: object, error: Exception = raised) -> None:
            raise error

        monkeypatch.setattr(doors, "answer", fail)
        told = await client.get("/fhir/R4/Patient/giulia", headers=asking.headers)
        assert (told.status_code, told.json()["issue"][0]["code"]) == (status, code)
        assert "Ferri" not in told.text
        assert ("retry-after" in told.headers) == (status == 503)
