"""The doors at which a bot answers: the signed id opens them, and nothing else does."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from sportello.adapters.bot_connector.client import ConnectorBot
from sportello.adapters.bot_connector.tickets import ticket
from sportello.adapters.outside_bots import connection, store
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.kinds import bot_of
from sportello.adapters.outside_bots.tests.conftest import Patient, until
from sportello.administration.actor import SYSTEM
from sportello.bots.ports import BotSession, Conversation, PatientTurn
from sportello.conversations.opening import open_conversation
from sportello.kit.house import House
from sportello.kit.settings import Server

HOME = "http://sportello.test"


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """Without routing, as for the other bots elsewhere."""
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "bots", "adapters")


@pytest.fixture
async def rosa(house: House, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """A patient whose bot takes everything and says nothing of its own."""

    async def quiet(self: ConnectorBot, method: str, body: dict[str, Any] | None, patience: float = 0) -> None:
        sent.append(body or {})

    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(ConnectorBot, "_call", quiet)
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=HOME))
    async with house.db.transaction() as tx:
        await connection.change(house, tx, SYSTEM, Connection(kind="connector", base_url="http://bot:3978/api"))
    talk = await house.db.run(lambda tx: open_conversation(house, tx, language="it"))
    patient = Patient(house, talk.id)

    async def opened() -> bool:
        found = await store.read(house.db, talk.id)
        return found is not None and found.state == "open"

    await until(opened)
    patient.sent = sent  # type: ignore[attr-defined]
    return patient


async def test_what_the_bot_is_told_has_no_nulls_and_names_everybody(rosa: Patient) -> None:
    await rosa.write("buongiorno")

    async def told() -> bool:
        return len(rosa.sent) == 2  # type: ignore[attr-defined]

    await until(told)
    joined, said = rosa.sent  # type: ignore[attr-defined]
    assert joined["type"] == "conversationUpdate"
    assert (said["type"], said["text"], said["locale"]) == ("message", "buongiorno", "it-IT")
    for one in (joined, said):
        assert "null" not in msgspec.json.encode(one).decode()
        assert {"from", "recipient", "conversation", "channelId", "serviceUrl", "id"} <= set(one)
        assert one["serviceUrl"] == f"{HOME}/"
        assert str(rosa.conversation) not in str(one["from"])


async def test_a_bot_answers_where_it_was_told_and_nowhere_else(rosa: Patient, client: Any, house: House) -> None:
    key = await ticket(house, rosa.conversation)
    said = {"type": "message", "text": "Eccomi", "from": {"id": "bot"}}
    answer = await client.post(f"/v3/conversations/{key}/activities/abc%7C0000001", json=said)
    assert answer.status_code == 200
    assert answer.json()["id"]
    assert (await rosa.seen())[-1] == "Eccomi"
    assert (await client.get(f"/v3/conversations/{key}/members")).json()[1]["id"] == "bot"
    assert (await client.get(f"/v3/conversations/{key}/members/stranger")).status_code == 404
    assert (await client.put(f"/v3/conversations/{key}/activities/x", json=said)).status_code == 200
    for forged in (str(rosa.conversation), key[:-2] + "xx", "x" * 500):
        assert (await client.post(f"/v3/conversations/{forged}/activities", json=said)).status_code == 404
    for body in (b"", b"[]", b"{", b"\xff"):
        assert (await client.post(f"/v3/conversations/{key}/activities", content=body)).status_code == 400
    before = await rosa.seen()
    trial = await ticket(house, uuid4())
    assert (await client.post(f"/v3/conversations/{trial}/activities", json=said)).status_code == 200
    assert await rosa.seen() == before, "what is said while the connection is tried reaches nobody"
    async with house.db.transaction() as tx:
        await connection.change(house, tx, SYSTEM, Connection())
    assert (await client.post(f"/v3/conversations/{key}/activities", json=said)).status_code == 404


async def test_a_dead_bot_took_nothing(house: House) -> None:
    bot = bot_of(house, Connection(kind="connector", base_url="http://127.0.0.1:9/api", secret="x" * 20))
    assert bot
    session = BotSession(Conversation(uuid4(), "it"), {"id": "x", "user": "dl_x", "locale": "it-IT"})
    assert await bot.send(session, PatientTurn("1", "ciao")) == "refused"
