"""Clients of others, unmodified, at the real door: each does with a patient what it can."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.humanname import HumanName
from fhirclient.models.operationoutcome import OperationOutcome as Outcome
from fhirclient.models.patient import Patient
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from requests.exceptions import HTTPError

from tests.peers.running import ROOT, node

Token = Callable[..., Awaitable[str]]
PEERS = ROOT / "tests" / "peers"


async def _three(base: str, token: str) -> AsyncFHIRClient:
    client = AsyncFHIRClient(base, authorization=f"Bearer {token}")
    for name, born in (("Abate", "1950-01-01"), ("Bassi", "1960-01-01"), ("Conti", "1990-01-01")):
        await client.resource("Patient", name=[{"family": name}], birthDate=born, gender="female").save()
    return client


async def test_fhirpy(server: str, token: Token) -> None:
    client = await _three(f"{server}/fhir/R4", await token())
    patients = client.resources("Patient")
    assert await patients.search(gender="female").count() == 3
    assert [one["birthDate"] for one in await patients.sort("-birthdate").limit(1).fetch_all()] == [
        "1990-01-01", "1960-01-01", "1950-01-01",
    ]  # fmt: skip
    one = await patients.search(family__exact="Bassi").get()
    one["active"] = True
    await one.save()
    assert one["meta"]["versionId"] == "2"
    late = AsyncFHIRClient(f"{server}/fhir/R4", authorization=client.authorization, extra_headers={"If-Match": 'W/"1"'})
    # It takes every 412 for a condition that several meet; the words are the door's.
    with pytest.raises(MultipleResourcesFound, match="not at version 1"):
        await late.resource("Patient", id=one.id, active=False).save()
    await one.patch(active=False)
    assert (await client.get("Patient", one.id))["active"] is False
    note = client.resource("Observation", status="final", code={"text": "Peso"}, subject=one.to_reference())
    await note.save()
    found = await client.resources("Observation").search(patient=one).include("Observation", "subject").fetch_raw()
    assert sorted(entry["resource"]["resourceType"] for entry in found["entry"]) == ["Observation", "Patient"]
    made, created = await patients.search(identifier="http://x.org|9").get_or_create(
        client.resource("Patient", identifier=[{"system": "http://x.org", "value": "9"}])
    )
    assert created
    assert not (await patients.search(identifier="http://x.org|9").get_or_create(client.resource("Patient")))[1]
    with pytest.raises(MultipleResourcesFound):
        await patients.get()
    with pytest.raises(OperationOutcome, match="gender"):
        await client.resource("Patient", gender="f").save()
    await made.delete()  # type: ignore[no-untyped-call]
    with pytest.raises(ResourceNotFound):
        await client.get("Patient", made.id)


async def test_fhirclient(server: str, token: Token) -> None:
    word = await token()
    await _three(f"{server}/fhir/R4", word)

    def visit() -> list[Any]:
        smart = FHIRClient(settings={"app_id": "peer", "api_base": f"{server}/fhir/R4"})
        smart.server.session.headers["Authorization"] = f"Bearer {word}"
        listed = Patient.where({"birthdate": "ge1960", "_sort": "birthdate", "_count": "1"})
        found = [one.name[0].family for one in listed.perform_resources_iter(smart.server)]
        made = Patient({"birthDate": "2001-02-03"})
        made.name = [HumanName({"family": "Dini"})]
        answer = made.create(smart.server)
        kept = Patient.read(answer["id"], smart.server)
        kept.active = True
        changed = kept.update(smart.server)
        seen = [found, kept.name[0].family, kept.birthDate.isostring, changed["meta"]["versionId"]]
        smart.server.session.headers["If-Match"] = 'W/"1"'
        seen += [_refusal(lambda: kept.update(smart.server))]
        smart.server.session.headers["If-Match"] = 'W/"2"'
        # It has no word for PATCH; its session, which carries its token, has.
        patch = [{"op": "replace", "path": "/active", "value": False}]
        asked = {"json": patch, "headers": {"Content-Type": "application/json-patch+json"}}
        patched = smart.server.session.patch(f"{smart.server.base_uri}Patient/{kept.id}", **asked)
        seen += [Patient(patched.json()).active]
        del smart.server.session.headers["If-Match"]
        wrong = Patient({"birthDate": "2001-02-03"})
        wrong.gender = "f"
        seen += [_refusal(lambda: wrong.create(smart.server))]
        kept.delete(smart.server)
        return [*seen, _refusal(lambda: Patient.read(kept.id, smart.server))]

    assert await asyncio.to_thread(visit) == [
        ["Bassi", "Conti"], "Dini", "2001-02-03", "2", "conflict http.If-Match", False, "invalid Patient.gender",
        "deleted",
    ]  # fmt: skip


def _refusal(ask: Callable[[], Any]) -> str:
    """Code and place of the OperationOutcome that the client was answered, as its own model reads it."""
    try:
        ask()
    except HTTPError as error:
        told = error.response.json()
    except Exception as error:
        told = error.args[0].json()  # its own exceptions carry the answer
    issue = Outcome(told).issue[0]
    return " ".join([issue.code, *(issue.expression or ())])


async def test_fhir_kit_client(server: str, token: Token) -> None:
    word = await token()
    await _three(f"{server}/fhir/R4", word)
    assert json.loads(await node(PEERS / "fhir_kit.mjs", BASE=f"{server}/fhir/R4", TOKEN=word)) == {
        "software": "Sportello", "created": "1", "read": "Riva", "updated": "2", "patched": False, "vread": None,
        "history": 3, "total": 4, "found": ["1950-01-01", "1960-01-01", "1971-05-02", "1990-01-01"], "posted": 1,
        "batch": "200", "transaction": "201", "late": [412, "http.If-Match"], "inTime": "4",
        "wrong": [422, "Patient.gender"], "gone": [410, "OperationOutcome"],
        "typeHistory": ["DELETE", "PUT"], "systemHistory": True,
    }  # fmt: skip


async def test_medplum_client(server: str, token: Token) -> None:
    word = await token()
    await _three(f"{server}/fhir/R4", word)
    assert json.loads(await node(PEERS / "medplum_client.mjs", BASE=f"{server}/fhir/R4", TOKEN=word)) == {
        "same": True, "read": "Testa", "updated": "2", "patched": None, "history": 3, "version": True, "search": 1,
        "one": True, "upserted": True, "pages": [2, 2], "everything": ["Patient"], "valid": "information",
        "batch": "200", "late": ["conflict", "http.If-Match"], "inTime": True, "wrong": ["invalid", "Patient.gender"],
        "gone": "deleted",
    }  # fmt: skip
