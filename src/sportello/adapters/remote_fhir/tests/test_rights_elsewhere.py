"""Merging, obscuring, copies and erasure while the record is at the hospital's server: done there, or said."""

import html
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pypdf
import pytest

from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.tests.conftest import SCOPES, Connect, Hospital
from sportello.administration.privacy import copying, erasing, policy
from sportello.administration.privacy.policy import KINDS, Policy
from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import reading
from sportello.record.ports import Away
from sportello.record.tests.cast import GIULIA, PAOLO, PEOPLE, RECORD

SignIn = Callable[..., Awaitable[Any]]
TWIN = {"resourceType": "Patient", "id": "twin", "name": [{"family": "Ferri", "given": ["Giulia"]}]}
WHY = "Lo chiede la paziente"


@pytest.fixture
async def there(hospital: Hospital, connect: Connect, house: House) -> Hospital:
    await house.jobs.stop()  # the tests run them one by one
    await hospital.has(*PEOPLE, *RECORD, TWIN)
    await connect()
    return hospital


def unread(text: str) -> str:
    return html.unescape(text).replace("’", "'")


async def test_records_are_merged_in_the_hospital_s_own_system(
    there: Hospital, house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    at = f"/desk/patient/{GIULIA}/merge"
    form = {"with": "twin", "survivor": GIULIA, "reason": "Doppione", f"version-{GIULIA}": "1", "version-twin": "1"}
    for role, language, told in (
        ("supervisor", "it", "vanno unite lì"),
        ("care_coordinator", "en", "they have to be merged there"),
    ):
        await sign_in(client, role, language=language)
        for answer in (await client.get(f"{at}?with=twin"), await client.post(at, data=form)):
            assert answer.status_code == 409
            assert told in unread(answer.text)
    assert "Doppione" not in str(there.door.asked)
    assert not await house.db.fetchval("select count(*) from record.merge")
    assert not [one for one in there.door.asked if one[0] in ("PUT", "PATCH", "DELETE")]


async def test_an_item_is_obscured_there_and_nothing_typed_is_lost_when_it_cannot_be(
    there: Hospital, house: House, connect: Connect, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    at = f"/desk/patient/{GIULIA}/items/Condition/asma"
    elena = await staff_member(house, "agent", "elena2")

    async def seen() -> bool:
        return "Asma" in repr(await house.db.run(lambda tx: reading.timeline(house, tx, elena, GIULIA)))

    async def labels() -> Any:
        one = await there.house.db.run(lambda tx: store.get(tx, "Condition", "asma"))
        return [label["code"] for label in ((one or {}).get("meta") or {}).get("security", [])]

    await sign_in(client, "care_coordinator", language="it")
    assert await seen()
    for status, told in ((503, "non è raggiungibile"), (405, "non permette"), (422, "ha rifiutato")):
        there.door.spoil = lambda method, *_, status=status: (status, {}, b"{}") if method == "PUT" else None  # type: ignore[misc]
        house.port(Links).renew()
        refused = await client.post(at, data={"reason": WHY})
        assert refused.status_code == 409, told
        assert told in unread(refused.text)
        assert f'value="{WHY}"' in refused.text, "what was typed stands there again"
        assert await labels() == []
    assert not await house.db.fetchval("select count(*) from record.obscuring"), (
        "nothing is on record that did not happen"
    )
    there.door.spoil = lambda *_: None
    house.port(Links).renew()
    refused = await client.post(at, data={"reason": WHY})
    assert "non permette" in unread(refused.text), "our scopes there are for plans and teams alone"
    await there.house.db.execute("update fhir.client set scopes = array_append(scopes, 'system/Condition.cruds')")
    await connect(scopes=f"{SCOPES} system/Condition.cruds")
    done = await client.post(at, data={"reason": WHY})
    assert done.status_code == 303, done.text
    assert await labels() == ["R"]
    assert not await seen()
    assert (await client.post(at, data={"reason": WHY, "action": "lift"})).status_code == 303
    assert await labels() == []
    assert await seen()
    await connect(writes=False, scopes=f"{SCOPES} system/Condition.cruds")
    refused = await client.post(at, data={"reason": WHY})
    assert (refused.status_code, f'value="{WHY}"' in refused.text) == (409, True)


async def _copy(house: House) -> UUID:
    marta, copy = await staff_member(house, "supervisor"), uuid7()
    await house.db.run(lambda tx: copying.ask(house, tx, marta, copy, GIULIA, "it", "staff"))
    await house.db.run(lambda tx: copying.approve(house, tx, marta, copy))
    return copy


async def _packet(house: House, copy: UUID) -> tuple[str, set[str]] | None:
    """The document's text, and what is in it for machines."""
    content = await house.db.fetchval("select content from administration.data_copy where id = $1", copy)
    if content is None:
        return None
    packed = zipfile.ZipFile(io.BytesIO(content))
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(packed.read("data.pdf"))).pages)
    listed = json.loads(packed.read("data.json"))["entry"]
    return " ".join(text.split()), {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in listed}


async def test_a_copy_of_all_data_holds_the_record_of_there(there: Hospital, house: House) -> None:
    copy = await _copy(house)
    await house.jobs.run_due()
    found = await _packet(house, copy)
    assert found
    text, machines = found
    for word in ("Penicillina", "Emoglobina", "Riservata" if "Riservata" in text else "Asma"):
        assert word in text
    assert {f"{one['resourceType']}/{one['id']}" for one in RECORD if one["resourceType"] == "Condition"} <= machines
    assert f"Patient/{GIULIA}" in machines
    assert not [one for one in machines if one == "Patient/twin"]


async def test_a_copy_waits_for_the_server_and_then_says_what_is_missing(there: Hospital, house: House) -> None:
    copy = await _copy(house)
    there.door.spoil = lambda method, path, body: (500, {}, b"{}") if "/AllergyIntolerance" in path else None
    await house.jobs.run_due()
    assert await _packet(house, copy) is None, "half a copy is none"
    assert await house.db.fetchval("select count(*) from kit.job where name = 'administration.copy'") == 1
    assert not await house.jobs.dead()
    house.clock = house.jobs._clock = FixedClock(house.clock.now() + timedelta(days=1, hours=1))
    house.port(Links).renew()
    await house.jobs.run_due()
    found = await _packet(house, copy)
    assert found, "after a day it is made of what there is"
    assert "non l'ha fornito" in found[0].replace("’", "'")
    assert "Allergie" in found[0]
    assert "Emoglobina" in found[0]


async def test_erasure_says_what_it_does_not_reach_and_takes_the_copies_of_here(
    there: Hospital, house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    sara = await staff_member(house, "administrator")
    marta, erasure = await staff_member(house, "supervisor"), uuid7()
    await house.db.run(lambda tx: policy.change(house, tx, sara, dict.fromkeys(KINDS, Policy(0, True))))
    await house.db.run(lambda tx: reading.patient_header(house, tx, PAOLO, GIULIA))
    await house.db.run(lambda tx: reading.timeline(house, tx, PAOLO, GIULIA))
    await house.db.run(lambda tx: erasing.ask(house, tx, marta, erasure, GIULIA, "", "staff"))
    await sign_in(client, "administrator", language="it")
    page = await client.get(f"/desk/privacy/erasures/{erasure}")
    assert "La cartella clinica è sul server dell'ospedale: lì rimane" in unread(page.text)
    there.door.spoil = lambda *_: (503, {}, b"")
    house.port(Links).renew()
    await house.db.execute("delete from adapters.remote_resource where type = 'Patient'")

    async def blocked(tx: Transaction) -> list[str]:
        return (await erasing.dry_run(house, tx, GIULIA)).blocked

    assert len(await house.db.run(blocked)) == 1, "without a name and a number nothing that names them is found"
    there.door.spoil = lambda *_: None
    house.port(Links).renew()

    async def approve(tx: Transaction) -> None:
        await erasing.approve(house, tx, sara, erasure, (await erasing.dry_run(house, tx, GIULIA)).mark)

    await house.db.run(approve)
    await house.jobs.run_due()
    assert await house.db.fetchval("select state from administration.erasure") == "done"
    assert not await house.db.fetch("select id from adapters.remote_resource where patient = $1", GIULIA)
    assert not await house.db.fetch("select about from adapters.remote_answer where about like '%' || $1", GIULIA)
    assert await there.house.db.run(lambda tx: store.get(tx, "Patient", GIULIA)), "there it stands, as was said"
    there.door.spoil = lambda *_: (503, {}, b"")
    house.port(Links).renew()
    with pytest.raises(Away):
        await house.db.run(lambda tx: reading.patient_header(house, tx, PAOLO, GIULIA))
