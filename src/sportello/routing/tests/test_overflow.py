"""Queues in trouble, opening hours, callbacks, places told: on the real database, with the clock in the test's hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.moves import NotPossible
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.conversations.store import queued
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.routing import calling_back
from sportello.routing.accepting import take
from sportello.routing.assigning import assign
from sportello.routing.plan.parts import FIRST_PLAN, Hours, Overflow, Queue
from sportello.routing.plan.words import Mode, Opening, Remedy, Text, Trouble
from sportello.routing.store import callbacks, placements
from sportello.routing.telling import tell
from sportello.routing.tests.cast import current, present, published, ringing, rings_at, until
from sportello.routing.tests.conftest import Waiting

NIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)  # a Monday, 23:00 in Rome
OFFICE = Hours("office", Text("Ufficio", "Office"), (Opening((1, 2, 3, 4, 5), "08:00", "18:00"),))
OTHER = Queue("other", Text("Altra", "Other"))


def general(*overflow: Overflow, **more: Any) -> Queue:
    return replace(FIRST_PLAN.queues[0], overflow=overflow, **more)


@pytest.fixture
def clock(house: House) -> FixedClock:
    fixed = FixedClock(NIGHT)
    house.clock = fixed
    house.jobs._clock = fixed
    return fixed


async def said(house: House, talk: Any) -> list[str]:
    events = await house.streams.since(f"conversation:{talk.id}", 0)
    return [e.body["text"] for e in events if e.kind == "message" and e.sender == "system"]


async def test_closed_it_waits_is_told_once_and_rings_when_it_opens(
    house: House, clock: FixedClock, waiting: Waiting, elena: Actor
) -> None:
    await published(house, queues=(general(hours="office"),), hours=(OFFICE,))
    await present(house, elena)
    talk = await waiting()
    await until(lambda: said(house, talk))
    await assign(house)
    assert await ringing(house, talk.id) is None
    text = (await said(house, talk))[0]
    assert "chiusi" in text
    assert "112" in text
    assert "08:00" in text
    clock.advance(timedelta(hours=9, minutes=1))  # 08:01 in Rome
    await house.db.execute("update routing.presence set lost_at = null")
    await rings_at(house, talk.id, elena)
    assert len(await said(house, talk)) == 1


async def test_whoever_waits_too_long_goes_to_another_queue_with_their_wait(
    house: House, clock: FixedClock, waiting: Waiting
) -> None:
    text = Text("Passa a un altro gruppo.", "Another team takes over.")
    too_long = Overflow(Trouble.TOO_LONG, Remedy.QUEUE, 60, "other", text)
    await published(house, queues=(general(too_long), OTHER))
    talk = await waiting()
    clock.advance(timedelta(seconds=59))
    await house.jobs.run_due()
    assert (await current(house, talk.id)).queue == "general"
    clock.advance(timedelta(seconds=1))
    await until(lambda: said(house, talk))
    found = await current(house, talk.id)
    assert (found.queue, found.queued_at) == ("other", NIGHT)
    kinds = [(e.kind, e.body.get("when")) for e in await house.streams.since(talk.stream, 0, audience="staff")]
    assert ("overflow", "too_long") in kinds


async def test_too_many_and_nobody(house: House, clock: FixedClock, waiting: Waiting, elena: Actor) -> None:
    many = Overflow(Trouble.TOO_MANY, Remedy.MESSAGE, 1, text=Text("C'è molta attesa.", "It is busy."))
    nobody = Overflow(Trouble.NOBODY, Remedy.CALLBACK, text=Text("La richiamiamo?", "Shall we call you?"))
    await published(house, queues=(general(many, nobody),))
    talks = [await waiting(f"Paziente {n}") for n in range(3)]
    await until(lambda: said(house, talks[2]))
    await house.jobs.run_due()
    assert await said(house, talks[0]) == ["La richiamiamo?"]
    assert await said(house, talks[2]) == ["C'è molta attesa.", "La richiamiamo?"]


async def test_a_callback_closes_its_chat_and_becomes_work_in_the_morning(
    house: House, clock: FixedClock, waiting: Waiting, elena: Actor
) -> None:
    await published(house, queues=(general(hours="office"),), hours=(OFFICE,))
    talk = await waiting()

    async def ask(phone: str) -> Any:
        return await house.db.run(
            lambda tx: calling_back.ask(
                house, tx, SYSTEM, phone=phone, wished="dopo le 10", conversation=talk.id, request=talk.id
            )
        )

    with pytest.raises(NotPossible):
        await ask("chiamatemi")
    await ask("+39 0532 123456")
    await ask("+39 0532 123456")
    assert (await current(house, talk.id)).state is State.CLOSED
    assert await queued(house.db) == []
    (kept,) = await callbacks.open_ones(house.db)
    assert kept.due_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    clock.advance(timedelta(hours=9, minutes=1))
    work = (await until(lambda: queued(house.db)))[0]
    assert (work.channel, work.queue, work.reason, work.patient_id) == ("callback", "general", "callback", "giulia")
    assert work.summary == "Da richiamare: +39 0532 123456. Quando: dopo le 10"
    assert work.summary_in("en") == "To be called back: +39 0532 123456. When: dopo le 10"
    await house.jobs.run_due()
    assert len(await queued(house.db)) == 1
    mine = await house.db.run(lambda tx: take(house, tx, work.id, elena))
    assert str(mine.agent) == elena.id


async def test_without_a_bot_people_are_wanted_at_once_and_what_is_picked_is_not_offered(
    house: House, elena: Actor
) -> None:
    await published(house, bot_first=False, mode=Mode.PICK)
    await present(house, elena)
    talk = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Anna"))
    assert (await current(house, talk.id)).state is State.QUEUED
    await assign(house)
    assert await ringing(house, talk.id) is None
    mine = await house.db.run(lambda tx: take(house, tx, talk.id, elena))
    assert mine.state is State.ACTIVE


async def test_the_same_agent_is_asked_first_while_there(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await published(house, queues=(general(same_agent_seconds=3600),))
    first = await waiting()
    await house.db.run(lambda tx: take(house, tx, first.id, davide))
    await present(house, elena, davide)
    second = await waiting()
    await rings_at(house, second.id, davide)
    await house.db.execute("update routing.presence set presence = 'away' where staff = $1::uuid", davide.id)
    third = await waiting()
    await rings_at(house, third.id, elena)
    routed = [e.body for e in await house.streams.since(third.stream, 0, audience="staff") if e.kind == "routed"]
    assert (routed[0]["same_agent"], routed[0]["same_agent_why"]) == ("Davide Greco", "not-there")


async def test_places_are_told_once_and_again_when_they_change(house: House, waiting: Waiting, elena: Actor) -> None:
    talks = [await waiting(f"Paziente {n}") for n in range(3)]

    async def places() -> list[list[int]]:
        streams = [await house.streams.since(one.stream, 0) for one in talks]
        return [[e.body["place"] for e in events if e.kind == "place"] for events in streams]

    assert await tell(house, "general") == 3
    assert await tell(house, "general") == 0
    await house.db.run(lambda tx: take(house, tx, talks[0].id, elena))
    await tell(house, "general")
    assert await places() == [[1], [2, 1], [3, 2]]


async def test_who_waits_stands_beside_their_state(house: House, waiting: Waiting, elena: Actor) -> None:
    talk = await waiting()
    assert (await placements.placed(house.db, talk.id)).waiting  # type: ignore[union-attr]
    await present(house, elena)
    await rings_at(house, talk.id, elena)
    assert not (await placements.placed(house.db, talk.id)).waiting  # type: ignore[union-attr]
