"""What is sensitive is set on a screen, obscured item by item, and kept from whoever may not see it at every door."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.tests.cast import GIULIA, RECORD, admit, of

SignIn = Callable[..., Awaitable[Any]]
SCREEN = "/desk/sensitivity"
DEPRESSION = of(
    "Condition", "depressione", onsetDateTime="2025-01-01",
    code={"coding": [{"system": "http://snomed.info/sct", "code": "35489007"}], "text": "Depressione"},
)  # fmt: skip


async def told(house: House, actor: Any) -> str:
    async with house.db.transaction() as tx:
        header = await reading.patient_header(house, tx, actor, GIULIA)
        return repr((header, await reading.timeline(house, tx, actor, GIULIA)))


@pytest.mark.parametrize(
    ("mark", "word"),
    [
        ({"kind": "code", "code": "35489007"}, "Depressione"),
        ({"kind": "code", "code": "35489007", "system": "http://snomed.info/sct"}, "Depressione"),
        ({"kind": "type", "code": "Immunization"}, "antinfluenzale"),
        ({"kind": "type", "code": "AllergyIntolerance"}, "Penicillina"),
        ({"kind": "category", "code": "laboratory"}, "Emoglobina"),
    ],
)
async def test_what_is_put_on_the_list_is_hidden_at_once(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, mark: dict[str, str], word: str
) -> None:
    await admit(house, *RECORD, DEPRESSION)
    elena = await staff_member(house, "agent", "elena2")
    paolo = await staff_member(house, "care_coordinator", "paolo2")
    assert word in await told(house, elena)
    await sign_in(client, "administrator")
    done = await client.post(SCREEN, data={"action": "add", **mark})
    assert done.status_code == 303
    assert word not in await told(house, elena)
    assert word in await told(house, paolo)
    await client.post(SCREEN, data={"action": "remove", **mark})
    assert word in await told(house, elena)


async def test_the_screen_refuses_nonsense_and_goes_back_to_the_default(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in(client, "administrator", language="en")
    for mark in (
        {"kind": "type", "code": "Patient"}, {"kind": "type", "code": "Condizione"}, {"kind": "code", "code": "a|b"},
        {"kind": "label", "code": ""}, {"kind": "other", "code": "x"}, {"kind": "label", "code": "R"},
        {"kind": "code", "code": "x", "system": "a b"}, {"kind": "code", "code": "x" * 101},
    ):  # fmt: skip
        refused = await client.post(SCREEN, data={"action": "add", **mark})
        assert refused.status_code == 422, mark
    await client.post(SCREEN, data={"action": "remove", "kind": "label", "code": "R"})
    assert await house.db.fetchval("select count(*) from record.sensitive where code = 'R'") == 0
    await client.post(SCREEN, data={"action": "default"})
    assert await house.db.fetchval("select count(*) from record.sensitive") == 25
    await sign_in(client, "care_coordinator")
    assert (await client.get(SCREEN)).status_code == 403


async def test_an_item_is_obscured_with_a_reason_and_shown_again(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    elena = await staff_member(house, "agent", "elena2")
    at = f"/desk/patient/{GIULIA}/items/Condition/asma"
    await sign_in(client, "agent")
    assert (await client.post(at, data={"reason": "Lo chiede la paziente"})).status_code == 403
    assert "Oscura questa voce" not in (await client.get(at)).text
    await sign_in(client, "care_coordinator", language="en")
    assert (await client.post(at, data={"reason": "perché"})).status_code == 422
    done = await client.post(at, data={"reason": "Lo chiede la paziente"}, follow_redirects=True)
    assert "Show it to everybody again" in done.text
    assert "Asma" not in await told(house, elena)
    assert "Sensitive" in (await client.get(f"/desk/patient/{GIULIA}")).text
    lifted = await client.post(at, data={"reason": "Ha cambiato idea ora", "action": "lift"}, follow_redirects=True)
    assert "Ha cambiato idea ora" in lifted.text
    assert "Asma" in await told(house, elena)
    async with house.db.transaction() as tx:
        assert await store.get(tx, "Condition", "asma") == next(one for one in RECORD if one["id"] == "asma")
    rows = await house.db.fetch("select action, detail from administration.audit_event where entity = 'Condition/asma'")
    assert [(r["action"], r["detail"]["reason"]) for r in rows] == [
        ("patient.obscured", "Lo chiede la paziente"), ("patient.unobscured", "Ha cambiato idea ora"),
    ]  # fmt: skip


async def test_a_visit_takes_what_belongs_to_it_along(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await admit(house)
    elena = await staff_member(house, "agent", "elena2")
    await sign_in(client, "care_coordinator")
    at = f"/desk/patient/{GIULIA}/items/Encounter/controllo"
    await client.post(at, data={"reason": "Lo chiede la paziente"})
    shown = await told(house, elena)
    assert "Controllo diabete" not in shown
    assert "Metformina" not in shown
    assert "Elettrocardiogramma" in shown


async def test_nobody_obscures_or_reads_what_is_not_this_patient_s_or_hidden(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    async with house.db.transaction() as tx:
        other = {"resourceType": "Condition", "id": "altrui", "code": {"text": "Altrui"}}
        await store.put(tx, other | {"subject": {"reference": "Patient/other"}})
    await sign_in(client, "agent")
    for item in ("Condition/altrui", "Condition/riservata", f"Patient/{GIULIA}", "Condition/none", "Nothing/asma"):
        answer = await client.get(f"/desk/patient/{GIULIA}/items/{item}")
        assert answer.status_code == 404, item
        assert "riservata" not in answer.text.replace("/riservata", "")


async def test_a_role_sees_the_parts_it_is_given(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await admit(house)
    await sign_in(client, "administrator")
    await client.post("/desk/parts/agent", data={"part": ["visits", "team"]})
    assert (await client.post("/desk/parts/nobody", data={})).status_code == 404
    await sign_in(client, "agent")
    page = await client.get(f"/desk/patient/{GIULIA}")
    assert "FRRGLI84C52D548X" in page.text
    assert "Controllo diabete" in page.text  # the last visit
    for word in ("Penicillina", "Emoglobina", "part=plan", "part=timeline"):
        assert word not in page.text, word
    for part in ("timeline", "plan"):
        assert (await client.get(f"/desk/patient/{GIULIA}/{part}")).status_code == 403
    assert (await client.get(f"/desk/patient/{GIULIA}/items/Condition/asma")).status_code == 403
    assert (await client.get(f"/desk/patient/{GIULIA}/team")).status_code == 200
    await sign_in(client, "administrator")
    await client.post("/desk/parts/agent", data={})
    await sign_in(client, "agent")
    bare = await client.get(f"/desk/patient/{GIULIA}")
    assert bare.status_code == 200
    assert "Controllo diabete" not in bare.text
