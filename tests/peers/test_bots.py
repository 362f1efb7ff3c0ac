"""Bots on others' kits, unmodified, each as the hospital's own bot: they greet, answer, hand over, and fail."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sportello.adapters.outside_bots import connection
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.tests.conftest import Patient
from sportello.administration.actor import SYSTEM
from sportello.conversations.opening import open_conversation
from sportello.kit.house import House
from sportello.kit.settings import Server
from tests.peers.running import bot

HERE = Path(__file__).parent
KITS = [("agents", "Benvenuta dal bot su Agents SDK", "Agents ha sentito: buongiorno (it-IT)"),
        ("botbuilder", "Benvenuta dal bot su botbuilder", "Botbuilder ha sentito: buongiorno")]  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def employed(house: House, server: str, kit: str) -> AsyncIterator[None]:
    """A bot on a kit is the hospital's."""
    port = free_port()
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=server))
    terms = Connection(kind="connector", base_url=f"http://127.0.0.1:{port}/api/messages", hold=5, patience=15)
    async with bot(kit, HERE / f"{kit}_bot.py", str(port), ready="ready"):
        async with house.db.transaction() as tx:
            await connection.change(house, tx, SYSTEM, terms)
        yield


async def comes(house: House) -> Patient:
    talk = await house.db.run(lambda tx: open_conversation(house, tx, language="it"))
    return Patient(house, talk.id)


@pytest.mark.parametrize(("kit", "welcome", "answer"), KITS)
async def test_a_bot_on_its_own_server_is_the_hospitals(
    house: House, server: str, kit: str, welcome: str, answer: str
) -> None:
    async with employed(house, server, kit):
        rosa, ugo = await comes(house), await comes(house)
        await rosa.reads(welcome, 15)
        await rosa.write("buongiorno")
        await rosa.reads(answer, 15)
        await rosa.write("voglio rompi tutto")  # the bot fails in the middle of it
        await rosa.reads("qualcosa non ha funzionato", 15)
        await ugo.write("vorrei spostare la mia visita")
        talk = await ugo.is_("queued", 15)
    assert (await rosa.talk()).reason == "bot-error"
    assert not any("bot failure" in one or "Exception" in one for one in await rosa.seen())
    assert (talk.reason, talk.topic, talk.summary) in [
        ("bot-asked", "Visite", "Vuole una persona"),
        ("bot-asked", "Esami", "Riassunto riservato"),
    ]
    assert not any("Riassunto" in one for one in await ugo.seen())
    for patient in (rosa, ugo):
        seen = await patient.seen()
        assert len(seen) == len(set(seen)), seen
