"""Bots on the board: where a talk stands without a word of it, live; taken from the bot, the bot is silent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.bots.monitoring import Outage, Outages, OwnBot, OwnBotBack, OwnBotDown, OwnTalk
from sportello.bots.tests.test_turns import answers, giulia, said, writes
from sportello.bots.turns import Turns
from sportello.conversations.hearing import hearing_of
from sportello.conversations.states import State
from sportello.conversations.store import get
from sportello.desk import board
from sportello.desk.board import Filter, Line
from sportello.kit.house import House
from sportello.routing.supervising import assign_to

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
def rooms() -> tuple[str, ...]:
    return (
        "kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "routing",
        "bots", "scripts", "desk",
    )  # fmt: skip


async def line(house: House, actor: Actor, talk: UUID) -> Line:
    async with house.db.transaction() as tx:
        rows = (await board.board(house, tx, actor, Filter()))["rows"]
    return next(row for row in rows if row.id == str(talk))


async def test_scenario_step_confidence_and_misses(house: House, marta: Actor) -> None:
    talk = await giulia(house)
    begun = (await line(house, marta, talk)).bot
    assert begun
    assert (begun.confidence, begun.misses, begun.alarm) == (None, 0, False)
    await writes(house, talk, "Vorrei spostare la mia visita")
    await answers(house, talk, 2)
    asked = (await line(house, marta, talk)).bot
    assert asked
    assert asked.scenario == "Spostare una visita"
    assert asked.step
    assert asked.confidence
    assert 50 < asked.confidence <= 100
    lost = await giulia(house)
    await writes(house, lost, "zxqv brombolo")
    await answers(house, lost, 2)
    missed = (await line(house, marta, lost)).bot
    assert missed
    assert missed.misses == 1
    await writes(house, lost, "non ho un dolore al petto")
    await answers(house, lost, 3)
    doubtful = (await line(house, marta, lost)).bot
    assert doubtful
    assert doubtful.alarm


async def test_a_red_flag_stands_out_until_a_person_has_it(house: House, marta: Actor, elena: Actor) -> None:
    talk = await giulia(house)
    await writes(house, talk, "ho un dolore forte al petto")
    await answers(house, talk, 2)
    assert (await line(house, marta, talk)).urgent
    await house.db.run(lambda tx: assign_to(house, tx, talk, UUID(elena.id), marta))
    after = await line(house, marta, talk)
    assert (after.urgent, after.bot, after.owner) == (False, None, elena.name)


async def test_the_page_shows_it_in_the_reader_s_language(
    client: httpx.AsyncClient, sign_in: SignIn, house: House
) -> None:
    talk = await giulia(house)
    await writes(house, talk, "che tempo fa zxqv")
    await answers(house, talk, 2)
    await writes(house, talk, "Vorrei spostare la mia visita")
    await answers(house, talk, 3)
    actor = await sign_in(client, "supervisor")
    page = (await client.post("/desk/board/rows", data={})).text
    expected = "Spostare una visita" if actor.language == "it" else "Move a visit"
    assert f"{expected} · " in page
    assert "spostare la mia" not in page


async def test_a_turn_of_the_bot_is_a_change_of_the_board(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await giulia(house)
    await hearing_of(house).keep(house)
    hints: list[str] = []
    monkeypatch.setattr(type(house.streams), "broadcast", lambda self, stream, frame: hints.append(stream))
    await writes(house, talk, "grazie")
    await answers(house, talk, 2)
    await hearing_of(house).keep(house)
    await hearing_of(house).keep(house)
    assert "board" in hints
    assert len(hints) <= 2, "many events are one change"


class Theirs:
    """The hospital's own bot has everything, and is in trouble."""

    def __init__(self, house: House) -> None:
        self.told = OwnTalk(house.clock.now(), house.clock.now(), "The bot cannot be reached.")

    async def standing(self, reader: Any, conversations: Any) -> dict[UUID, OwnTalk]:
        return dict.fromkeys(conversations, self.told)

    async def down(self, reader: Any) -> Outage | None:
        return Outage(self.told.waiting_since or datetime.now(UTC), None, "The bot cannot be reached.")

    async def outages(self, reader: Any, since: Any, until: Any) -> Outages | None:
        return None


async def test_the_hospital_s_own_bot(client: httpx.AsyncClient, sign_in: SignIn, house: House, marta: Actor) -> None:
    house.ports[OwnBot] = Theirs(house)
    talk = await giulia(house)
    shown = await line(house, marta, talk)
    assert shown.owner in ("The hospital's own bot", "Il bot dell'ospedale")
    assert shown.own_bot
    assert shown.bot is None
    await sign_in(client, "supervisor")
    page = (await client.get("/desk/board")).text
    assert "The bot cannot be reached." in page
    assert "ospedale non risponde da" in page


async def test_its_outage_is_told_to_those_who_answer_for_it(house: House, marta: Actor) -> None:
    staff = {role: await staff_member(house, role, role) for role in ("administrator", "agent")}
    async with house.db.transaction() as tx:
        await house.news.announce(tx, OwnBotDown("unreachable"))
    async with house.db.transaction() as tx:
        await house.news.announce(tx, OwnBotBack(61))
    for one, told in ((marta, 2), (staff["administrator"], 2), (staff["agent"], 0)):
        events = [e for e in await house.streams.since(f"desk:{one.id}", 0) if e.kind == "own-bot"]
        assert [e.body["down"] for e in events] == [True, False][:told], one.name


async def test_taken_over_while_the_bot_answers(house: House, marta: Actor) -> None:
    """Whoever comes first: there is one owner, and after the taking over not a word of the bot's."""
    for _ in range(4):
        talk = await giulia(house)
        await writes(house, talk, "che orari avete?")
        await asyncio.gather(
            house.port(Turns).answer(house, talk),
            house.db.run(lambda tx, talk=talk: assign_to(house, tx, talk, UUID(marta.id), marta)),  # type: ignore[misc]
        )
        await writes(house, talk, "c'è ancora qualcuno?")
        await house.port(Turns).answer(house, talk)
        await house.port(Turns).sweep(house)
        found = await get(house.db, talk)
        assert found
        assert (found.state, str(found.agent)) == (State.ACTIVE, marta.id)
        events = await house.streams.since(f"conversation:{talk}", 0)
        taken = next(event.seq for event in events if event.kind == "party")
        assert all(event.seq < taken for event in await said(house, talk))
        told = [e.body for e in events if e.kind == "moved" and e.audience == "all" and e.seq > taken]
        assert [(one["to"], one["agent_name"]) for one in told] == [("active", marta.name)]
