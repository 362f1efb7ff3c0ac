"""The timers on a real database: reminders, waiting, goodbye; and a patient who writes again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.ending import close, end
from sportello.conversations.gate import ConversationGate
from sportello.conversations.hearing import hearing_of
from sportello.conversations.posting import post
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import Listener, Post, StreamClosed
from sportello.kit.streams.shapes import FenceMoved
from sportello.routing import planning
from sportello.routing.accepting import take
from sportello.routing.handing_back import hand_back
from sportello.routing.plan.parts import FIRST_PLAN, Timers
from sportello.routing.rules import Presence
from sportello.routing.supervising import force_close
from sportello.routing.tests.cast import current, present, rings_at, until
from sportello.routing.tests.conftest import Waiting
from sportello.routing.timing import look
from sportello.routing.waiting import bring_back

USUAL = Timers(remind_patient=300, wait_after=900, close_after=3600, remind_agent=120, wrap_up=60)


async def timers(house: House, timers: Timers) -> None:
    stream = msgspec.structs.replace(FIRST_PLAN.workstreams[0], timers=timers)
    plan = msgspec.structs.replace(FIRST_PLAN, workstreams=(stream,))
    number = await house.db.fetchval("select coalesce(max(number), 0) from routing.plan")
    await house.db.run(lambda tx: planning.publish(house, tx, SYSTEM, plan, based_on=number, note="prova"))


async def with_elena(house: House, waiting: Waiting, elena: Actor, some: Timers = USUAL) -> Conversation:
    await timers(house, some)
    talk = await waiting()
    return await house.db.run(lambda tx: take(house, tx, talk.id, elena))


async def says(house: House, talk: Conversation, who: str, text: str = "Eccomi") -> None:
    posted = await post(house, talk.id, {"text": text}, sender=who, client_id=uuid7(), name="")

    async def heard() -> bool:
        await hearing_of(house).keep(house)
        return (await current(house, talk.id)).last_seq >= posted.seq

    await until(heard)


async def later(house: House, seconds: float) -> None:
    """Time passes: everything that was, was so much longer ago."""
    await hearing_of(house).keep(house)
    ago = timedelta(seconds=seconds)
    for table, columns in {
        "conversations.conversation": ("state_since", "accepted_at", "ended_at", "closed_at", "created_at"),
        "conversations.activity": (
            "last_at", "patient_at", "agent_at", "unanswered_at", "patient_reminded_at", "agent_reminded_at",
        ),
        "kit.event": ("at",),
    }.items():  # fmt: skip
        moved = ", ".join(f"{column} = {column} - $1::interval" for column in columns)
        await house.db.execute(f"update {table} set {moved}", ago)  # noqa: S608


async def looks(house: House, talk: Conversation) -> Conversation:
    await house.db.run(lambda tx: look(house, tx, {"conversation": str(talk.id)}))
    return await current(house, talk.id)


async def said(house: House, talk: Conversation) -> list[str]:
    events = await house.streams.since(talk.stream, 0)
    return [e.body["text"] for e in events if e.kind == "message" and e.sender == "system"]


async def nudges(house: House, who: Actor) -> int:
    return sum(e.kind == "reminder" for e in await house.streams.since(f"desk:{who.id}", 0))


async def test_a_patient_who_falls_silent_is_reminded_put_by_and_said_goodbye(
    house: House, waiting: Waiting, elena: Actor
) -> None:
    talk = await with_elena(house, waiting, elena)
    await says(house, talk, f"agent:{elena.id}", "Quale visita?")
    await later(house, 299)
    await looks(house, talk)
    assert await said(house, talk) == []
    await later(house, 2)
    for _ in range(3):
        assert (await looks(house, talk)).state is State.ACTIVE
    assert await said(house, talk) == ["È ancora qui? Le rispondiamo volentieri."]
    await later(house, 601)
    assert (await looks(house, talk)).state is State.WAITING
    await later(house, 2500)
    assert (await looks(house, talk)).state is State.WAITING
    await later(house, 300)
    closed = await looks(house, talk)
    assert (closed.state, closed.ended_by) == (State.CLOSED, "system")
    assert len(await said(house, talk)) == 2
    left = await house.db.fetchval("select count(*) from kit.job where name = 'routing.quiet' and state = 'waiting'")
    assert left == 0


async def test_every_word_begins_the_silence_anew(house: House, waiting: Waiting, elena: Actor) -> None:
    talk = await with_elena(house, waiting, elena)
    for who in (f"agent:{elena.id}", "patient", f"agent:{elena.id}"):
        await says(house, talk, who)
        await later(house, 119)
        assert (await looks(house, talk)).state is State.ACTIVE
    assert await said(house, talk) == []
    assert await nudges(house, elena) == 0


async def test_an_agent_who_lets_somebody_wait_is_reminded_once(house: House, waiting: Waiting, elena: Actor) -> None:
    talk = await with_elena(house, waiting, elena)
    await says(house, talk, f"agent:{elena.id}")
    await says(house, talk, "patient", "Una cosa")
    await later(house, 100)
    await says(house, talk, "patient", "Ci siete?")
    await later(house, 21)
    for _ in range(2):
        await looks(house, talk)
    assert await nudges(house, elena) == 1
    await says(house, talk, f"agent:{elena.id}")
    await says(house, talk, "patient", "Grazie")
    await later(house, 121)
    await looks(house, talk)
    assert await nudges(house, elena) == 2


async def test_after_work_ends_by_itself(house: House, waiting: Waiting, elena: Actor) -> None:
    talk = await with_elena(house, waiting, elena)
    await house.db.run(lambda tx: end(house, tx, talk.id, elena))
    await later(house, 61)
    assert (await looks(house, talk)).state is State.CLOSED


async def test_the_jobs_do_it_all_by_themselves(house: House, waiting: Waiting, elena: Actor) -> None:
    quick = Timers(remind_patient=1, wait_after=2, close_after=3, remind_agent=1)
    talk = await with_elena(house, waiting, elena, quick)
    await until(lambda: nudges(house, elena))
    await says(house, talk, f"agent:{elena.id}")

    async def closed() -> bool:
        return (await current(house, talk.id)).state is State.CLOSED

    await until(closed, 8)
    assert len(await said(house, talk)) == 2


async def test_a_word_that_comes_as_the_timer_fires_is_never_closed_over(
    house: House, waiting: Waiting, elena: Actor
) -> None:
    """Whatever the order, a patient's word stands either before no close at all, or in a conversation that goes on."""
    await timers(house, Timers(remind_patient=None, wait_after=None, close_after=60, remind_agent=None))
    outcomes = set()
    gate, listener = ConversationGate(), _giulia()
    for n in range(12):
        talk = await waiting(f"Paziente {n}")
        talk = await house.db.run(lambda tx, one=talk.id: take(house, tx, one, elena))  # type: ignore[misc]
        await says(house, talk, f"agent:{elena.id}")
        await later(house, 61)

        async def write(one: Conversation = talk, pause: float = n * 0.0015) -> None:
            await asyncio.sleep(pause)
            for _ in range(4):
                grant = await gate.may_follow(house, listener, one.stream)
                assert grant is not None
                try:
                    await gate.post(house, listener, one.stream, grant, Post(uuid7(), "message", {"text": "Eccomi"}))
                except (FenceMoved, StreamClosed):
                    continue
                return
            raise AssertionError("the patient could not write")

        await asyncio.gather(looks(house, talk), write())
        found = await current(house, talk.id)
        outcomes.add(found.state)
        assert found.state is not State.CLOSED
        events = await house.streams.since(talk.stream, 0)
        closing = [e.seq for e in events if e.kind == "moved" and e.body["to"] == "closed"]
        word = next(e.seq for e in events if e.sender == "patient")
        assert not closing or word > closing[0]
    assert outcomes


def _giulia() -> Listener:
    return Listener("patient", "giulia", "Giulia Ferri")


async def writes_again(house: House, talk: Conversation) -> None:
    gate, listener = ConversationGate(), _giulia()
    for _ in range(3):
        grant = await gate.may_follow(house, listener, talk.stream)
        assert grant is not None
        try:
            await gate.post(house, listener, talk.stream, grant, Post(uuid7(), "message", {"text": "Ancora una cosa"}))
        except FenceMoved:
            continue
        return


async def closed_by_elena(house: House, waiting: Waiting, elena: Actor) -> Conversation:
    talk = await with_elena(house, waiting, elena)
    await says(house, talk, f"agent:{elena.id}", "Ecco fatto")
    await house.db.run(lambda tx: end(house, tx, talk.id, elena))
    return await house.db.run(lambda tx: close(house, tx, talk.id, elena, note="Fatto."))


async def test_who_writes_again_comes_back_to_the_same_agent(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena)
    talk = await closed_by_elena(house, waiting, elena)
    await writes_again(house, talk)
    found = await current(house, talk.id)
    assert (found.state, found.agent, found.closed_at, found.ended_at) == (State.ACTIVE, UUID(elena.id), None, None)
    assert found.wrap_up_note == "", "the second part wants a note of its own"
    moved = [e.body for e in await house.streams.since(talk.stream, 0) if e.kind == "moved"][-1]
    assert (moved["from"], moved["to"], moved["reason"]) == ("closed", "active", "reopened")
    await house.db.run(lambda tx: end(house, tx, talk.id, elena))
    await writes_again(house, talk)
    assert (await current(house, talk.id)).state is State.ACTIVE, "also out of the after-work"


async def test_without_its_agent_it_waits_in_its_queue(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena)
    talk = await closed_by_elena(house, waiting, elena)
    await present(house, elena, presence=Presence.AWAY)
    await writes_again(house, talk)
    found = await current(house, talk.id)
    assert (found.state, found.agent, found.queue, found.reason) == (State.QUEUED, None, "general", "reopened")


async def test_back_in_the_queue_it_is_offered_to_the_next(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    talk = await closed_by_elena(house, waiting, elena)
    await present(house, davide)
    await writes_again(house, talk)
    await rings_at(house, talk.id, davide)


async def test_too_late_or_closed_with_a_reason_it_stays_closed(
    house: House, waiting: Waiting, elena: Actor, marta: Actor
) -> None:
    talk = await closed_by_elena(house, waiting, elena)
    await later(house, 86_401)
    with pytest.raises(StreamClosed):
        await writes_again(house, talk)
    other = await waiting("Anna")
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: force_close(house, tx, other.id, marta, "  "))
    await house.db.run(lambda tx: force_close(house, tx, other.id, marta, "Insulti"))
    with pytest.raises(StreamClosed):
        await writes_again(house, other)
    assert (await current(house, other.id)).state is State.CLOSED


async def test_put_by_for_silence_it_comes_back_with_the_next_word(
    house: House, waiting: Waiting, elena: Actor
) -> None:
    await present(house, elena)
    talk = await with_elena(house, waiting, elena)
    await says(house, talk, f"agent:{elena.id}")
    await later(house, 301)
    await looks(house, talk)
    await later(house, 601)
    assert (await looks(house, talk)).state is State.WAITING
    await says(house, talk, "patient")
    await hearing_of(house).keep(house)
    await bring_back(house)
    assert (await current(house, talk.id)).state is State.ACTIVE


async def test_an_agent_gives_it_back_to_the_bot(house: House, waiting: Waiting, elena: Actor, davide: Actor) -> None:
    talk = await with_elena(house, waiting, elena)
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: hand_back(house, tx, talk.id, davide))
    for _ in range(2):
        back: Any = await house.db.run(lambda tx: hand_back(house, tx, talk.id, elena))
        assert (back.state, back.agent, back.queue) == (State.BOT, None, None)
