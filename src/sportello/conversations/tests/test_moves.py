"""Moves on the real database: one owner, one winner, an event for each, and nothing half done."""

import asyncio
from functools import partial
from uuid import UUID

import pytest

from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.handover import escalate
from sportello.conversations.moves import IllegalMove, NoSuchConversation, NotPossible, move
from sportello.conversations.states import State
from sportello.conversations.tests.cast import current, go
from sportello.conversations.tests.conftest import Begin
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import StreamClosed


async def kinds(house: House, talk: UUID) -> list[str]:
    return [e.kind for e in await house.streams.since(f"conversation:{talk}", 0)]


async def test_the_whole_way_leaves_times_and_events(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.CLOSED, elena)
    found = await current(house, talk.id)
    assert (found.state, found.agent_name, found.ended_by) == (State.CLOSED, "Elena Conti", "staff")
    assert found.created_at <= found.queued_at <= found.accepted_at <= found.ended_at <= found.closed_at
    told = [e.body for e in await house.streams.since(talk.stream, 0) if e.kind == "moved"]
    assert [(b["from"], b["to"]) for b in told] == [
        ("bot", "queued"), ("queued", "active"), ("active", "wrap_up"), ("wrap_up", "closed"),
    ]  # fmt: skip
    with pytest.raises(StreamClosed):
        await house.streams.post(talk.stream, "message", {"text": "?"}, sender="patient", client_id=uuid7())


async def test_of_many_who_take_it_one_gets_it_and_the_others_are_told(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    for _ in range(10):
        talk = await begin(State.QUEUED)

        async def take(who: Actor, one: UUID = talk.id) -> str:
            agent = UUID(who.id)
            try:
                await house.db.run(
                    lambda tx: move(
                        house, tx, one, State.ACTIVE, expected=State.QUEUED, by=who, agent=agent, agent_name=who.name
                    )
                )
            except NotPossible as refused:
                return refused.message
            return "won"

        answers = await asyncio.gather(*(take(who) for who in (elena, davide) * 3))
        assert sorted(answers, key=len)[0] == "won"
        assert answers.count("won") == 1
        assert set(answers) - {"won"} == {"A colleague was quicker: this conversation is taken."}
        assert (await kinds(house, talk.id)).count("moved") == 2


async def test_a_move_from_another_state_is_refused_whole(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    before = await kinds(house, talk.id)
    with pytest.raises(NotPossible) as refused:
        await house.db.run(lambda tx: move(house, tx, talk.id, State.QUEUED, expected=State.OFFERED, by=SYSTEM))
    assert refused.value.state is State.ACTIVE
    assert await kinds(house, talk.id) == before
    with pytest.raises(IllegalMove):
        await house.db.run(lambda tx: move(house, tx, talk.id, State.OFFERED, expected=State.ACTIVE, by=SYSTEM))
    with pytest.raises(NoSuchConversation):
        await house.db.run(lambda tx: move(house, tx, uuid7(), State.QUEUED, expected=State.BOT, by=SYSTEM))


async def test_the_database_itself_refuses_two_owners(house: House, begin: Begin, elena: Actor) -> None:
    import asyncpg

    talk = await begin(State.QUEUED)
    with pytest.raises(asyncpg.CheckViolationError):
        await house.db.execute(
            "update conversations.conversation set agent = $2 where id = $1", talk.id, UUID(elena.id)
        )
    active = await begin(State.ACTIVE, elena)
    with pytest.raises(asyncpg.CheckViolationError):
        await house.db.execute("update conversations.conversation set agent = null where id = $1", active.id)


async def test_escalating_twice_is_escalating_once(house: House, begin: Begin) -> None:
    talk = await begin()

    async def hand_over() -> None:
        await house.db.run(
            lambda tx: escalate(
                house,
                tx,
                talk.id,
                reason="asked",
                summary="Vuole spostare la visita",
                topic="Visita",
                priority=5,
                context={"wish": "move"},
            )
        )

    await asyncio.gather(*(hand_over() for _ in range(4)))
    found = await current(house, talk.id)
    assert (found.state, found.queue, found.priority, found.topic) == (State.QUEUED, "general", 5, "Visita")
    assert found.context == {"wish": "move"}
    assert (await kinds(house, talk.id)) == ["context", "moved"]
    hidden = await house.streams.since(talk.stream, 0, audience="all")
    assert [e.kind for e in hidden] == ["moved"]


async def test_what_is_handed_over_is_read_in_the_readers_language(house: House, begin: Begin) -> None:
    both, one = {"it": "Vuole spostare\0", "en": "Wants to move"}, "Patient wants to move"
    talks = [await begin() for _ in range(2)]
    for talk, summary in zip(talks, (both, one), strict=True):
        await house.db.run(partial(_escalate, house, talk.id, summary))
    told, kept = [await current(house, talk.id) for talk in talks]
    assert (told.summary_in("it"), told.summary_in("en"), told.summary) == (
        "Vuole spostare", "Wants to move", "Vuole spostare",
    )  # fmt: skip
    assert kept.summary_in("it") == kept.summary_in("en") == one


async def _escalate(house: House, talk: UUID, summary: str | dict[str, str], tx: Transaction) -> None:
    await escalate(house, tx, talk, reason="asked", summary=summary)


async def test_what_has_ended_cannot_be_escalated(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.WRAP_UP, elena)
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: escalate(house, tx, talk.id, reason="asked"))


async def test_the_patient_does_not_hear_who_was_asked(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.OFFERED, elena)
    await house.db.run(lambda tx: move(house, tx, talk.id, State.QUEUED, expected=State.OFFERED, by=elena))
    await go(house, talk.id, State.ACTIVE, elena)
    seen = [e.body["to"] for e in await house.streams.since(talk.stream, 0, audience="all")]
    assert seen == ["queued", "active"]


async def test_the_desk_of_who_has_it_hears(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await house.db.run(
        lambda tx: move(
            house,
            tx,
            talk.id,
            State.ACTIVE,
            expected=State.ACTIVE,
            by=elena,
            agent=UUID(davide.id),
            agent_name=davide.name,
        )
    )
    for who, times in ((elena, 2), (davide, 1)):
        events = await house.streams.since(f"desk:{who.id}", 0)
        assert [e.kind for e in events] == ["work"] * times
