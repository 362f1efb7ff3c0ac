"""Merging by its screens, and what another system is told of a record that was merged."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from sportello.administration import machines
from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA
from sportello.record.tests.test_merging import TWIN, TWIN_RECORD, both, merge

SignIn = Callable[..., Awaitable[Any]]


async def test_by_the_screens(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await both(house)
    at = f"/desk/patient/{GIULIA}/merge"
    await sign_in(client, "agent")
    for answer in (await client.get(at), await client.get("/desk/merges"), await client.post(at, data={"with": TWIN})):
        assert answer.status_code == 403
    await sign_in(client, "care_coordinator", language="en")
    assert "Perhaps the same person" in (await client.get(at)).text
    assert TWIN in (await client.post(f"{at}/search", data={"q": "maria"})).text
    shown = await client.get(at, params={"with": TWIN})
    assert "Via Bologna 8" in shown.text
    assert "name different people" not in shown.text
    form = {"with": TWIN, "survivor": GIULIA, f"version-{GIULIA}": "1", f"version-{TWIN}": "1", "reason": "doppione"}
    stale = await client.post(at, data=form | {f"version-{TWIN}": "7"})
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.text
    assert (await client.post(at, data=form | {"survivor": "nobody"})).status_code == 409
    done = await client.post(at, data=form | {"from-address": TWIN})
    assert done.headers["location"] == f"/desk/patient/{GIULIA}?merged=yes"
    twice = await client.post(at, data=form)
    assert twice.status_code == 409
    assert "has been merged meanwhile" in twice.text
    deep = await client.get(f"/desk/patient/{TWIN}?part=team")
    assert deep.headers["location"] == f"/desk/patient/{GIULIA}?part=team"
    cards = await client.post(f"/desk/patient/{TWIN}/timeline", data={"text": "asma"}, follow_redirects=True)
    assert "Asma" in cards.text
    listed = await client.get("/desk/merges")
    assert "doppione" in listed.text
    made = await house.db.fetchval("select id from record.merge")
    undone = await client.post(f"/desk/merges/{made}/undo", follow_redirects=True)
    assert "two again" in undone.text
    assert (await client.post(f"/desk/merges/{made}/undo")).status_code == 409


async def test_different_people_are_merged_only_by_somebody_who_has_checked(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await both(house)
    async with house.db.transaction() as tx:
        await store.put(tx, TWIN_RECORD | {"birthDate": "1991-01-01"})
    await sign_in(client, "care_coordinator", language="en")
    at = f"/desk/patient/{GIULIA}/merge"
    form = {"with": TWIN, "survivor": TWIN, f"version-{GIULIA}": "1", f"version-{TWIN}": "2"}
    refused = await client.post(at, data=form)
    assert refused.status_code == 409
    assert "say that you have checked it" in refused.text
    done = await client.post(at, data=form | {"checked": "yes"})
    assert done.headers["location"] == f"/desk/patient/{TWIN}?merged=yes"


async def test_at_the_door_the_old_id_leads_to_the_survivor(house: House, client: httpx.AsyncClient) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    await merge(house, paolo)
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, paolo, "fhir", ["system/*.rs"], "Region", timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}

    async def asked(path: str) -> Any:
        answer = await client.get(f"/fhir/R4/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    old = await asked(f"Patient/{TWIN}")
    assert old["link"][0] == {"other": {"reference": f"Patient/{GIULIA}"}, "type": "replaced-by"}
    for path in (
        f"Condition?patient={TWIN}", f"Condition?subject=Patient/{TWIN}", f"Patient/{TWIN}/Condition",
        f"Patient/{TWIN}/$everything?_type=Condition",
    ):  # fmt: skip
        found = [one["resource"]["id"] for one in (await asked(path))["entry"]]
        assert sorted(found) == ["asma", "fibrillazione"], path
