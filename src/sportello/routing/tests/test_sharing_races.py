"""Two processes and many hands at one conversation: whatever they do at once, it has one owner and a whole story."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.conversations import inviting, parties
from sportello.conversations import store as talks
from sportello.conversations.ending import close, end
from sportello.conversations.moves import NotPossible, locked
from sportello.conversations.rules import agent_may_write
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.store import parties as kept
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.routing.accepting import take
from sportello.routing.colleagues import ask, queue_states
from sportello.routing.handing_back import hand_back
from sportello.routing.plan.parts import Hours, Queue
from sportello.routing.plan.words import Opening, Text
from sportello.routing.reopening import reopen
from sportello.routing.rules import Presence
from sportello.routing.supervising import assign_to, force_close, release
from sportello.routing.tests.cast import current, present, published
from sportello.routing.tests.conftest import Waiting
from sportello.routing.waiting import put_by, take_up

Work = Callable[[House], Awaitable[Any]]


@pytest.fixture
async def second(settings: Settings, rooms: tuple[str, ...], house: House) -> AsyncIterator[House]:
    """Another process of the same hospital."""
    from sportello.app import furnish, open_house

    other = furnish(settings, rooms)
    async with open_house(other, rooms):
        yield other


def patient() -> Actor:
    return Actor("patient", "giulia", "Giulia Ferri")


async def tried(where: House, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """What came of it; a refusal is an answer too, anything else is a fault."""
    await asyncio.sleep(random.random() * 0.004)
    try:
        return await where.db.run(work)
    except NotPossible as refused:
        return refused


async def is_whole(house: House, talk: UUID) -> Conversation:
    """One owner, nobody left in a talk that is over, no open question about it, every state in the stream."""
    found = await current(house, talk)
    present_now = await kept.present(house.db, talk)
    asked = await kept.open_invitations(house.db, talk)
    if agent_may_write(found.state):
        assert found.agent is not None
        assert found.agent not in {one.staff for one in present_now}, "the owner is no party"
        assert found.agent not in {one.asked for one in asked}
        assert len({one.staff for one in present_now}) == len(present_now)
        assert sum(one.kind == "transfer" for one in asked) <= 1
    else:
        assert (present_now, asked) == ([], [])
    moves = [e.body for e in await house.streams.since(found.stream, 0) if e.kind == "moved"]
    assert all(one["to"] == two["from"] for one, two in pairwise(moves)), moves
    assert moves[-1]["to"] == found.state
    head = await house.db.fetchrow("select closed_at from kit.stream where stream = $1", found.stream)
    assert (head["closed_at"] is not None) == (found.state is State.CLOSED)
    return found


async def test_acceptance_end_and_taking_over_at_once(
    house: House, second: House, waiting: Waiting, elena: Actor, davide: Actor, marta: Actor
) -> None:
    await present(house, elena, davide, presence=Presence.BUSY)
    ended = set()
    for n in range(14):
        talk = (await waiting(f"Paziente {n}")).id
        await house.db.run(lambda tx, one=talk: take(house, tx, one, elena))  # type: ignore[misc]
        asked = await house.db.run(
            lambda tx, one=talk: ask(  # type: ignore[misc]
                house, tx, one, kind="transfer", staff=UUID(davide.id), actor=elena
            )
        )
        answers = await asyncio.gather(
            tried(second, lambda tx, one=asked.id: inviting.accept(second, tx, one, davide)),  # type: ignore[misc]
            tried(house, lambda tx, one=talk: end(house, tx, one, patient())),  # type: ignore[misc]
            tried(second, lambda tx, one=talk: assign_to(second, tx, one, UUID(marta.id), marta)),  # type: ignore[misc]
            tried(house, lambda tx, one=asked.id: inviting.lapse(house, tx, {"invitation": str(one)})),  # type: ignore[misc]
        )
        found = await is_whole(house, talk)
        ended.add(found.state)
        accepted = not isinstance(answers[0], NotPossible)
        outcome = await house.db.fetchval("select outcome from conversations.invitation where id = $1", asked.id)
        assert (outcome == "accepted") == accepted
        await house.db.run(lambda tx, one=talk: force_close(house, tx, one, marta, "Fine"))  # type: ignore[misc]
    assert ended <= {State.WRAP_UP, State.ACTIVE}


async def test_two_supervisors_at_once(
    house: House, second: House, waiting: Waiting, elena: Actor, marta: Actor
) -> None:
    from sportello.administration.testing import staff_member

    paola = await staff_member(house, "supervisor", "paola", "Paola Neri")
    for n in range(10):
        talk = (await waiting(f"Paziente {n}")).id
        await house.db.run(lambda tx, one=talk: take(house, tx, one, elena))  # type: ignore[misc]
        await asyncio.gather(
            tried(house, lambda tx, one=talk: assign_to(house, tx, one, UUID(marta.id), marta)),  # type: ignore[misc]
            tried(second, lambda tx, one=talk: assign_to(second, tx, one, UUID(paola.id), paola)),  # type: ignore[misc]
            tried(second, lambda tx, one=talk: force_close(second, tx, one, marta, "Doppione")),  # type: ignore[misc]
        )
        found = await is_whole(house, talk)
        assert found.state is State.CLOSED
        told = [e.body["event"] for e in await house.streams.since(found.stream, 0) if e.kind == "party"]
        assert told.count("force-closed") == 1


def hands(elena: Actor, davide: Actor, marta: Actor) -> dict[str, Callable[[House, UUID], Callable[[Any], Any]]]:
    """Everything that can be done with a conversation, by name."""
    e, d, m = (UUID(one.id) for one in (elena, davide, marta))

    def invites(kind: Any, who: UUID, by: Actor) -> Callable[[House, UUID], Callable[[Any], Any]]:
        return lambda house, talk: lambda tx: ask(house, tx, talk, kind=kind, staff=who, actor=by)

    def answers(what: Any, who: Actor) -> Callable[[House, UUID], Callable[[Any], Any]]:
        def of(house: House, talk: UUID) -> Callable[[Any], Any]:
            async def work(tx: Any) -> None:
                for one in await kept.open_invitations(tx, talk):
                    if str(one.asked) == who.id:
                        await what(house, tx, one.id, who)

            return work

        return of

    def leaves(who: Actor, whom: UUID | None = None) -> Callable[[House, UUID], Callable[[Any], Any]]:
        def of(house: House, talk: UUID) -> Callable[[Any], Any]:
            async def work(tx: Any) -> None:
                await parties.leave(house, tx, await locked(tx, talk), who, whom)

            return work

        return of

    return {
        "take": lambda h, t: lambda tx: take(h, tx, t, elena),
        "consult": invites("consult", d, elena),
        "join": invites("join", d, elena),
        "transfer": invites("transfer", d, elena),
        "back": invites("transfer", e, davide),
        "join marta": invites("join", m, davide),
        "davide accepts": answers(inviting.accept, davide),
        "davide declines": answers(inviting.decline, davide),
        "elena accepts": answers(inviting.accept, elena),
        "marta accepts": answers(inviting.accept, marta),
        "davide leaves": leaves(davide),
        "elena removes": leaves(elena, d),
        "marta takes over": lambda h, t: lambda tx: assign_to(h, tx, t, m, marta),
        "marta assigns": lambda h, t: lambda tx: assign_to(h, tx, t, e, marta, "Tocca a te"),
        "release": lambda h, t: lambda tx: release(h, tx, t, elena),
        "put by": lambda h, t: lambda tx: put_by(h, tx, t, elena),
        "take up": lambda h, t: lambda tx: take_up(h, tx, t, elena),
        "to the bot": lambda h, t: lambda tx: hand_back(h, tx, t, elena),
        "patient ends": lambda h, t: lambda tx: end(h, tx, t, patient()),
        "patient returns": lambda h, t: lambda tx: reopen(h, tx, t),
        "elena closes": lambda h, t: lambda tx: close(h, tx, t, elena, note="Fatto."),
        "marta closes": lambda h, t: lambda tx: force_close(h, tx, t, marta, "Basta"),
    }


NAMES = sorted(
    "take|consult|join|transfer|back|join marta|davide accepts|davide declines|elena accepts|marta accepts"
    "|davide leaves|elena removes|marta takes over|marta assigns|release|put by|take up|to the bot"
    "|patient ends|patient returns|elena closes|marta closes".split("|")
)


@given(
    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), min_size=4, max_size=14), st.integers(0, 2**31)
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_hands_do_in_turn_and_at_once_it_stays_whole(
    house: House, second: House, waiting: Waiting, elena: Actor, davide: Actor, marta: Actor,
    rounds: list[list[str]], seed: int,
) -> None:  # fmt: skip
    random.seed(seed)
    await present(house, elena, davide, marta, presence=Presence.BUSY)
    can = hands(elena, davide, marta)
    assert sorted(can) == NAMES
    talk = (await waiting()).id
    for names in [["take"], *rounds]:
        where = [(house, second)[n % 2] for n in range(len(names))]
        await asyncio.gather(*(tried(h, can[name](h, talk)) for h, name in zip(where, names, strict=True)))
        await is_whole(house, talk)
    await house.db.run(lambda tx: force_close(house, tx, talk, marta, "Fine"))
    assert await talks.get(house.db, talk)


async def test_only_whoever_is_there_can_be_asked(
    house: House, waiting: Waiting, elena: Actor, davide: Actor, marta: Actor
) -> None:
    from sportello.routing.colleagues import colleagues

    await present(house, elena, davide)
    await present(house, marta, presence=Presence.DO_NOT_DISTURB)
    talk = await waiting()
    talk = await house.db.run(lambda tx: assign_to(house, tx, talk.id, UUID(elena.id), marta))
    async with house.db.transaction() as tx:
        assert [one.name for one in await colleagues(house, tx, talk, elena)] == ["Davide Greco"]
        assert [(one.id, one.serving, one.open) for one in await queue_states(house, tx, "it")] == [
            ("general", 2, True)
        ]
    refused = await tried(house, lambda tx: ask(house, tx, talk.id, kind="consult", staff=UUID(marta.id), actor=elena))
    assert isinstance(refused, NotPossible)
    assert (refused.code, refused.params) == ("not-there", {"name": "Marta Ricci"})


async def test_closed_queues_are_shown_as_such(house: House) -> None:
    never = Hours("never", Text("Mai", "Never"))
    night = Hours("night", Text("Notte", "Night"), (Opening((1, 2, 3, 4, 5, 6, 7), "00:00", "24:00"),))
    queues = tuple(
        Queue(one, Text(one, one), hours=hours)
        for one, hours in (("general", ""), ("never", "never"), ("all", "night"))
    )
    await published(house, queues=queues, hours=(never, night))
    async with house.db.transaction() as tx:
        found = {one.id: (one.open, one.opens_at) for one in await queue_states(house, tx, "it")}
    assert found == {"general": (True, None), "never": (False, None), "all": (True, None)}
