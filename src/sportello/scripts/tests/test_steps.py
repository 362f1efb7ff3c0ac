"""An agent follows the script beside her conversation; nobody else can do it for her."""

from typing import Any
from uuid import UUID

import msgspec

from sportello.administration.testing import staff_member
from sportello.kit.house import House
from sportello.scripts.tests.conftest import Giving

PART = {"hx-request": "true"}


def address(conversation: UUID, rest: str = "") -> str:
    return f"/desk/conversations/{conversation}/script{rest}"


async def test_the_script_of_the_topic_is_offered_with_its_places_filled(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    shown = (await client.get(address(talk), headers=PART)).text
    assert "Copione move-visit" in shown
    assert "Buongiorno Giulia Ferri, sono Elena Conti di Ospedale San Luca." in shown
    assert "Passo birth" in shown, "a nested script is shown in place"
    assert "Passi completati: 0 di 6" in shown
    assert "<!doctype" not in shown
    assert "<!doctype" in (await client.get(address(talk))).text


async def test_steps_keep_who_did_them_and_can_be_undone(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    done = await client.post(address(talk, "/steps/greet/done"), data={"script": "move-visit"}, headers=PART)
    assert done.status_code == 200
    assert "Passi completati: 1 di 6" in done.text
    assert "Elena Conti, " in done.text
    nested = await client.post(address(talk, "/steps/birth/done"), data={"script": "identity"}, headers=PART)
    assert "Passi completati: 2 di 6" in nested.text
    undone = await client.post(
        address(talk, "/steps/greet/done"), data={"script": "move-visit", "outcome": "open"}, headers=PART
    )
    assert "Passi completati: 1 di 6" in undone.text


async def test_a_macro_opens_the_wizard_with_the_patient_filled_in(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    ran = await client.post(address(talk, "/steps/plan/run"), data={"script": "move-visit"}, headers=PART)
    told = msgspec.json.decode(ran.headers["hx-trigger"])["desk:open-tab"]
    assert told["url"] == f"/desk/scheduling/wizard?patient=giulia&conversation={talk}"
    assert told["kind"] == "wizard"
    assert "Passi completati: 1 di 6" in ran.text
    unlinked = await conversation_of(elena, patient_id=None)
    refused = await client.post(address(unlinked, "/steps/plan/run"), data={"script": "move-visit"}, headers=PART)
    assert "hx-trigger" not in refused.headers
    assert "Prima colleghi" in refused.text
    assert 'class="script-step failed"' in refused.text


async def test_an_article_is_sent_by_macro_and_by_button_in_the_patients_language(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    once = {"once": "01900000-0000-7000-8000-000000000009", "script": "move-visit"}
    for _ in range(2):  # a double click
        await client.post(address(talk, "/steps/send/run"), data=once, headers=PART)
        sent = await client.post(f"/desk/conversations/{talk}/articles/parking", data=once, headers=PART)
    assert "Inviato" in sent.text
    messages = [e for e in await hospital.streams.since(f"conversation:{talk}", 0) if e.sender == f"agent:{elena.id}"]
    assert [m.body["article"]["slug"] for m in messages] == ["opening-hours", "parking"]
    assert messages[1].body["article"]["url"] == "/articles/parking?language=it"
    assert messages[1].body["name"] == "Elena Conti"
    assert (
        await hospital.db.fetchval("select count(*) from administration.audit_event where action = 'knowledge.sent'")
        == 2
    )
    unknown = await client.post(f"/desk/conversations/{talk}/articles/nothing", headers=PART)
    assert "Non c'è un articolo" in unknown.text.replace("&#39;", "'")


async def test_another_script_can_be_chosen_and_stays_chosen(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    switched = await client.post(address(talk), data={"slug": "general"}, headers=PART)
    assert ">Copione general</h2>" in switched.text
    assert "<h2>Copione general</h2>" in (await client.get(address(talk), headers=PART)).text
    unknown = await client.post(address(talk), data={"slug": "nothing"}, headers=PART)
    assert "Questo copione non esiste" in unknown.text


async def test_ending_by_macro_ends_the_conversation_once(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    for _ in range(2):
        ended = await client.post(address(talk, "/steps/end/run"), data={"script": "move-visit"}, headers=PART)
        assert ended.status_code == 200
    state = await hospital.db.fetchval("select state from conversations.conversation where id = $1", talk)
    assert state == "wrap_up"


async def test_only_the_agent_who_has_it_acts_and_only_readers_read(
    hospital: House, client: Any, sign_in: Any, conversation_of: Giving
) -> None:
    elena = await staff_member(hospital, "agent")
    talk = await conversation_of(elena)
    assert (await client.get(address(talk))).status_code == 401
    await sign_in(client, "agent", login="davide")
    assert (await client.get(address(talk), headers=PART)).status_code == 404
    for rest, data in [
        ("", {"slug": "general"}),
        ("/steps/greet/done", {"script": "move-visit"}),
        ("/steps/end/run", {"script": "move-visit"}),
    ]:
        assert (await client.post(address(talk, rest), data=data, headers=PART)).status_code == 404
    assert "non è" in (await client.post(f"/desk/conversations/{talk}/articles/parking", headers=PART)).text
    assert await hospital.db.fetchval("select count(*) from scripts.run") == 0
    await sign_in(client, "supervisor")
    along = (await client.get(address(talk), headers=PART)).text
    assert "Copione move-visit" in along
    assert "<form" not in along
    for forged in ("00000000-0000-7000-8000-000000000000", "x", "%00"):
        assert (await client.get(f"/desk/conversations/{forged}/script")).status_code == 404
    odd = await client.post(address(talk, "/steps/..%2f/run"), data={"script": "x"}, headers=PART)
    assert odd.status_code in (404, 200)
