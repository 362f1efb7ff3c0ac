"""What the port promises, asked of every bot there is: the embedded one, one behind Direct Line, one on its own server.

Numbers are those of the conformance table (docs/conformance.md).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sportello.adapters.outside_bots import connection, store
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.tests.conftest import Patient, until
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.adapters.outside_bots.tests.fake_own_server import OwnServer
from sportello.administration.actor import BOT, SYSTEM, Actor
from sportello.administration.testing import staff_member
from sportello.bots.turns import Turns
from sportello.conversations.ending import end
from sportello.conversations.moves import move
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.settings import Server

OUTSIDE = ("direct line", "own server")
Coming = Callable[..., Awaitable[Patient]]
_HANDOVER = {"type": "event", "name": "handoff.initiate", "from": {"id": "bot", "role": "bot"}, "value": {}}
_TYPING = {"type": "typing", "from": {"id": "bot", "role": "bot"}}
_NEW = {"type": "somethingNew", "x": {"y": [1]}, "from": {"id": "bot", "role": "bot"}}
_END = {"type": "endOfConversation", "from": {"id": "bot", "role": "bot"}}


def answers(said: dict[str, Any]) -> list[dict[str, Any]]:
    """What both fakes answer, alongside what the embedded one does by its scenarios."""
    text = str(said.get("text"))
    if "arrivederci" in text or "goodbye" in text:
        return [words("A presto"), _END]
    if "spostare" in text:
        return [words("La passo a una persona"), _HANDOVER, _HANDOVER]
    return [_TYPING, _NEW, words(f"Uno: {text}"), words(f"Due: {said.get('locale')}", unheardOf=1)]


@pytest.fixture(params=["embedded", *OUTSIDE])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bot(kind: str) -> AsyncIterator[Any]:
    made = {"direct line": Fake, "own server": OwnServer}.get(kind)
    if made is None:
        yield None
        return
    one: Any = made()
    one.answer, one.welcome = answers, [words("Benvenuta")]
    async with one.served() as served:
        yield served


@pytest.fixture
async def coming(house: House, server: str, kind: str, bot: Any) -> Coming:
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=server))
    if bot:
        terms = Connection(
            kind="generic" if kind == "direct line" else "connector",
            base_url=bot.base,
            secret="a secret of both",
            hold=3,
            patience=6,
        )
        async with house.db.transaction() as tx:
            await connection.change(house, tx, SYSTEM, terms)

    async def comes(language: str = "it") -> Patient:
        talk = await house.db.run(lambda tx: open_conversation(house, tx, language=language))
        return Patient(house, talk.id)

    return comes


async def queued(house: House, conversation: UUID) -> int:
    """How often the conversation was put into a queue."""
    events = await house.streams.since(f"conversation:{conversation}", 0)
    return sum(one.kind == "moved" and one.body["to"] == "queued" and one.audience == "all" for one in events)


async def test_what_every_bot_keeps(house: House, kind: str, bot: Any, coming: Coming) -> None:
    rosa, emily = await coming(), await coming("en")

    async def greeted() -> bool:
        return len(await rosa.seen()) == (2 if bot else 1) and len(await emily.seen()) == (2 if bot else 1)

    await until(greeted)  # 2: the welcome, whenever it came
    if bot:  # 1
        for _ in range(2):
            house.port(Relay).wake(rosa.conversation)
        assert (await rosa.seen())[1] == "Benvenuta"
    else:
        await house.port(Turns).sweep(house)
        assert "112" in (await rosa.seen())[0]
        assert "automatic" in (await emily.seen())[0]
    await rosa.write("grazie mille")
    await emily.write("thank you very much")

    async def answered() -> bool:
        return all([len(await one.seen()) >= (4 if bot else 2) for one in (rosa, emily)])

    await until(answered)
    if bot:  # 3, 4, 5, 13
        assert (await rosa.seen())[2:] == ["Uno: grazie mille", "Due: it-IT"]
        assert (await emily.seen())[2:] == ["Uno: thank you very much", "Due: en-US"]
        opened = [one for one in bot.received if one["type"] in ("conversationUpdate", "event")]
        assert len(opened) == 2, "one opening for each"
    events = await house.streams.since(f"conversation:{rosa.conversation}", 0)
    assert {one.kind for one in events} <= {"message", "moved", "context"}, "12: typing is not kept"
    assert [one.body["text"] for one in events if one.sender == "patient"] == ["grazie mille"], "5: no echo"

    await rosa.write("arrivederci")  # 17
    await rosa.is_("closed")
    await rosa_is_let_alone(bot, rosa)


async def rosa_is_let_alone(bot: Any, rosa: Patient) -> None:
    seen = await rosa.seen()
    assert len(seen) == len(set(seen)), seen
    if bot:
        assert seen[-1] == "A presto"


async def test_how_every_bot_hands_over(house: House, kind: str, bot: Any, coming: Coming) -> None:
    elena = await staff_member(house)
    rosa, ugo, anna = await coming(), await coming(), await coming("en")
    await rosa.write("vorrei spostare una cosa" if bot else "vorrei parlare con una persona")
    await rosa.is_("queued")
    assert await queued(house, rosa.conversation) == 1, "19: asked for twice, queued once"
    told = len(bot.texts()) if bot else 0
    before = await rosa.seen()
    await rosa.write("e anche un'altra cosa, grazie mille")  # 20
    await ugo.write("ho un forte dolore al petto")  # 30
    await anna.write("I want to talk to a human")  # 31
    alarmed = await ugo.is_("queued")
    assert (alarmed.reason, alarmed.priority >= 100) == ("red-flag", True)
    assert any("112" in one for one in await ugo.seen())
    assert (await anna.is_("queued")).reason == "asked"
    await house.db.run(
        lambda tx: move(
            house, tx, rosa.conversation, State.ACTIVE, expected=State.QUEUED, by=BOT, agent=UUID(elena.id),
            agent_name=elena.name,
        )
    )  # fmt: skip
    if not bot:
        await house.port(Turns).sweep(house)
        assert await rosa.seen() == before
        return
    assert bot.texts()[told:] == [], "neither what is for people nor what is urgent is told to the bot"
    late = [words("Ancora qualcosa")]
    if kind == "own server":
        await bot.say(next(one for one in bot.received if one.get("text") == "vorrei spostare una cosa"), late)
    else:
        bot.say(*late, there="there")

    async def noted() -> bool:  # 21
        return any("Ancora qualcosa" in one for one in await rosa.notes())

    await until(noted)
    assert await rosa.seen() == before

    async def heard() -> bool:  # 22
        return any(one.get("name") == "handoff.status" for one in bot.received)

    await until(heard)
    assert _states(bot) == ["accepted"]
    patient = Actor(kind="patient", id=f"conversation:{anna.conversation}", name="")
    await house.db.run(lambda tx: end(house, tx, anna.conversation, patient))  # nobody came
    await until(lambda: _told(bot, "failed"))
    bot.status = 502  # 23, and 22: a status that fails harms nobody
    await house.db.run(lambda tx: move(house, tx, rosa.conversation, State.WRAP_UP, expected=State.ACTIVE, by=BOT))
    await until(lambda: _told(bot, "completed"))
    lost = await coming()
    await until(lambda: _open(house, lost))
    await lost.write("a che ora aprite?")
    assert (await lost.is_("queued")).reason == "bot-error"
    assert bot.texts().count("a che ora aprite?") == 1, "never sent again"


def _states(bot: Any) -> list[str]:
    return [one["value"]["state"] for one in bot.received if one.get("name") == "handoff.status"]


async def _told(bot: Any, state: str) -> bool:
    return state in _states(bot)


async def _open(house: House, patient: Patient) -> bool:
    found = await store.read(house.db, patient.conversation)
    return found is not None and found.state == "open"
