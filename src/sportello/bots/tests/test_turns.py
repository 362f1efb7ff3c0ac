"""The bot in real conversations: greets, answers each message once whatever crashes, hands over, then is silent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sportello.bots import store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.ports import BotPort, BotSession, Conversation, PatientTurn, Say
from sportello.bots.state import Outcome
from sportello.bots.tests.conftest import HOURS
from sportello.bots.turns import Turns
from sportello.conversations import posting
from sportello.conversations.moves import locked, move
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import Event
from sportello.knowledge.loading import load_articles


@pytest.fixture
async def hospital(house: House) -> House:
    """A house with the article on opening hours."""
    async with house.db.transaction() as tx:
        await load_articles(tx, [HOURS], house.clock)
    return house


async def giulia(house: House, language: str = "it") -> UUID:
    """Giulia Ferri opens the chat."""
    async with house.db.transaction() as tx:
        return (await open_conversation(house, tx, visitor_name="Giulia Ferri", language=language)).id


async def writes(house: House, talk: UUID, text: str, payload: str = "", client_id: UUID | None = None) -> None:
    body = {"text": text, "payload": payload} if payload else {"text": text}
    await posting.post(house, talk, body, sender="patient", client_id=client_id or uuid7(), name="Giulia Ferri")


async def said(house: House, talk: UUID) -> list[Event]:
    return [
        e for e in await house.streams.since(f"conversation:{talk}", 0) if e.kind == "message" and e.sender == "bot"
    ]


async def eventually(check: Callable[[], Awaitable[Any]], seconds: float = 3.0) -> Any:
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await check()) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    assert found
    return found


async def state_of(house: House, talk: UUID) -> Any:
    async with house.db.transaction() as tx:
        return await locked(tx, talk)


async def answers(house: House, talk: UUID, count: int) -> list[Event]:
    """The bot's messages once there are `count` of them."""

    async def enough() -> list[Event] | None:
        found = await said(house, talk)
        return found if len(found) >= count else None

    return list(await eventually(enough))


async def test_it_greets_in_the_transaction_that_opens_the_conversation(hospital: House) -> None:
    talk = await giulia(hospital)
    greeting = (await said(hospital, talk))[0]
    assert "automatico" in greeting.body["text"]
    assert "112" in greeting.body["text"]
    assert {button["payload"] for button in greeting.body["buttons"]} >= {"reschedule.start", "person.start"}


async def test_opening_hours_are_answered_from_the_article(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "Che orari avete?")
    answer = (await answers(hospital, talk, 2))[-1].body
    assert answer["text"] == HOURS.it.summary
    assert answer["article"]["url"] == "/articles/opening-hours?language=it"
    assert answer["article"]["title"] == "Orari degli sportelli"


async def test_moving_a_visit_ends_in_the_queue_with_summary_and_context(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "Vorrei spostare la mia visita")
    await answers(hospital, talk, 2)
    await writes(hospital, talk, "Quella dal cardiologo")
    await answers(hospital, talk, 3)
    found = await state_of(hospital, talk)
    assert (found.state, found.topic, found.reason) == ("queued", "reschedule", "needs-person")
    assert "Vuole spostare una visita" in found.summary_in("it") == found.summary
    assert "Wants to move a visit" in found.summary_in("en")
    assert (found.context["visit"], found.context["language"]) == ("Quella dal cardiologo", "it")
    turns = await store.turns_of(hospital.db, talk)
    assert [turn.outcome for turn in turns] == ["said", "escalated"]
    assert turns[0].wish == "reschedule.start"
    assert len(turns[0].edition) == 16


async def test_a_red_flag_is_queued_with_priority(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "ho un dolore forte al petto")
    await answers(hospital, talk, 2)
    found = await state_of(hospital, talk)
    assert (found.state, found.priority, found.reason) == ("queued", 100, "red-flag")
    assert "112" in (await said(hospital, talk))[-1].body["text"]


async def test_what_was_asked_before_a_crash_is_answered_once_after_it(hospital: House) -> None:
    """The reaction never ran (the process died after the commit); the sweep of two processes finds it."""
    talk = await giulia(hospital)
    turns: Turns = hospital.port(Turns)
    turns._left[talk] = None  # deaf to this conversation, as a process that is gone
    await writes(hospital, talk, "Che orari avete?")
    await asyncio.sleep(0.1)
    assert len(await said(hospital, talk)) == 1
    await asyncio.gather(Turns().sweep(hospital), Turns().sweep(hospital), Turns().sweep(hospital))
    await Turns().sweep(hospital)
    assert len(await said(hospital, talk)) == 2
    assert len(await store.turns_of(hospital.db, talk)) == 1


async def test_a_message_delivered_twice_is_answered_once(hospital: House) -> None:
    talk, message = await giulia(hospital), uuid7()
    await asyncio.gather(*(writes(hospital, talk, "Che orari avete?", client_id=message) for _ in range(3)))
    await answers(hospital, talk, 2)
    turns: Turns = hospital.port(Turns)
    events = await hospital.streams.since(f"conversation:{talk}", 0)
    await asyncio.gather(*(turns.heard(hospital, events) for _ in range(5)))
    assert len(await said(hospital, talk)) == 2


async def test_messages_in_a_row_are_answered_in_order_and_once_each(hospital: House) -> None:
    talk = await giulia(hospital)
    for text in ("Che orari avete?", "grazie", "Che orari avete?"):
        await writes(hospital, talk, text)
    found = await answers(hospital, talk, 4)
    assert [event.body["text"][:12] for event in found[1:]] == [
        HOURS.it.summary[:12], "Prego! Posso", HOURS.it.summary[:12],
    ]  # fmt: skip


async def test_after_the_handover_the_patients_words_are_for_people(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "operatore")
    before = len(await answers(hospital, talk, 2))
    await writes(hospital, talk, "Che orari avete?")
    await writes(hospital, talk, "dolore al petto")
    await Turns().sweep(hospital)
    await Turns().answer(hospital, talk)
    await asyncio.sleep(0.2)
    assert len(await said(hospital, talk)) == before
    assert len(await store.turns_of(hospital.db, talk)) == 1


async def test_a_failing_turn_ends_at_a_person(hospital: House, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await giulia(hospital)

    async def fails(*_: Any) -> None:
        raise RuntimeError("secret words of the patient")

    monkeypatch.setattr(hospital.port(BotPort), "send", fails)
    await writes(hospital, talk, "Che orari avete?")
    last = (await answers(hospital, talk, 2))[-1].body["text"]
    assert "operatore" in last
    assert "112" in last
    assert "secret" not in last
    found = await state_of(hospital, talk)
    assert (found.state, found.reason) == ("queued", "bot-error")


async def test_a_farewell_closes_the_conversation(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "arrivederci")
    await answers(hospital, talk, 2)
    assert (await state_of(hospital, talk)).state == "closed"


async def test_a_button_leads_where_it_says_and_feedback_is_kept(hospital: House) -> None:
    talk = await giulia(hospital, "en")
    await writes(hospital, talk, "Opening hours", payload="hours.start")
    assert (await answers(hospital, talk, 2))[-1].body["text"] == HOURS.en.summary
    await writes(hospital, talk, "Not helpful", payload="thanks.unhelpful")
    await answers(hospital, talk, 3)
    assert await hospital.db.fetchval("select helpful from bots.feedback where article = 'opening-hours'") is False


async def test_words_that_are_nothing_disturb_nothing(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "<script>alert(1)</script> {clinic} %(x)s 🙂", payload="../../x")
    assert (await answers(hospital, talk, 2))[-1].body["text"]
    assert (await state_of(hospital, talk)).state == "bot"


async def test_a_crash_in_the_middle_of_a_turn_leaves_nothing_and_the_turn_is_taken_once(
    hospital: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was written but not committed when the process ended."""
    talk = await giulia(hospital)
    hospital.port(Turns)._left[talk] = None
    await writes(hospital, talk, "Vorrei spostare la mia visita")
    whole = store.keep

    async def dies(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(store, "keep", dies)
    with pytest.raises(asyncio.CancelledError):
        await Turns().answer(hospital, talk)
    assert len(await said(hospital, talk)) == 1
    monkeypatch.setattr(store, "keep", whole)
    await asyncio.gather(*(Turns().answer(hospital, talk) for _ in range(4)))
    assert len(await said(hospital, talk)) == 2


async def test_a_turn_on_record_can_be_taken_again_with_the_same_result(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "non ho dolore al petto, vorrei spostare la visita")
    await answers(hospital, talk, 2)
    await writes(hospital, talk, "no", payload="no")
    spoken = await answers(hospital, talk, 3)
    events = {event.seq: event for event in await hospital.streams.since(f"conversation:{talk}", 0)}
    bot = EmbeddedBot(hospital)
    await bot.health()
    for place, turn in enumerate(await store.turns_of(hospital.db, talk), 1):
        body = events[turn.seq].body
        session = BotSession(Conversation(talk, "it"), turn.memory_before)
        heard = msgspec.convert(turn.heard, tuple[Outcome, ...])
        await bot.send(session, PatientTurn("again", body["text"], body.get("payload", ""), heard))
        again = [e.effect.text async for e in bot.events(session, "") if isinstance(e.effect, Say)]
        assert again == [spoken[place].body["text"]]
        assert turn.edition == bot.edition_of(session.memory)
        assert turn.library


async def test_articles_that_change_are_quoted_as_they_are_now(hospital: House) -> None:
    talk = await giulia(hospital)
    await writes(hospital, talk, "Che orari avete?")
    await answers(hospital, talk, 2)
    later = msgspec.structs.replace(HOURS, it=msgspec.structs.replace(HOURS.it, summary="Aperti fino alle 20."))
    async with hospital.db.transaction() as tx:
        await load_articles(tx, [later], hospital.clock)
    await writes(hospital, talk, "Che orari avete?")
    assert (await answers(hospital, talk, 3))[-1].body["text"] == "Aperti fino alle 20."


async def test_given_back_by_an_agent_it_begins_anew_and_leaves_the_agents_part_alone(hospital: House) -> None:
    from sportello.administration.testing import staff_member

    elena = await staff_member(hospital, "agent", "elena", "Elena Conti")
    talk = await giulia(hospital)
    await writes(hospital, talk, "Vorrei parlare con una persona")

    async def queued() -> bool:
        return (await state_of(hospital, talk)).state is State.QUEUED

    await eventually(queued)
    given = {"agent": UUID(elena.id), "agent_name": elena.name}
    await hospital.db.run(
        lambda tx: move(hospital, tx, talk, State.ACTIVE, expected=State.QUEUED, by=elena, **given)  # type: ignore[arg-type]
    )
    await writes(hospital, talk, "A che ora aprite?")
    before = len(await said(hospital, talk))
    await hospital.db.run(lambda tx: move(hospital, tx, talk, State.BOT, expected=State.ACTIVE, by=elena))
    greeted = await answers(hospital, talk, before + 1)
    assert len(greeted) == before + 1, "it greets, and does not answer what the agent was asked"
    await writes(hospital, talk, "A che ora aprite?")
    assert "8" in (await answers(hospital, talk, before + 2))[-1].body["text"]
