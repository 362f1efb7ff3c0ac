"""Two processes, many agents and patients at once: every conversation has one owner, nobody more than their places."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.ending import close, end
from sportello.conversations.handover import escalate
from sportello.conversations.moves import NotPossible
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.routing.accepting import accept, take
from sportello.routing.assigning import assign
from sportello.routing.lapsing import lapse
from sportello.routing.rejecting import reject
from sportello.routing.store import offers
from sportello.routing.tests.cast import current, present, published, ringing, rings_at, until
from sportello.routing.tests.conftest import Waiting


@pytest.fixture
async def second(settings: Settings, rooms: tuple[str, ...], house: House) -> AsyncIterator[House]:
    """Another process of the same hospital."""
    from sportello.app import furnish, open_house

    other = furnish(settings, rooms)
    async with open_house(other, rooms):
        yield other


async def test_accepting_races_with_running_out(
    house: House, second: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    outcomes = set()
    for _ in range(12):
        await present(house, elena)
        talk = await waiting()
        offer = await rings_at(house, talk.id, elena)
        await house.db.execute(
            "update routing.offer set expires_at = offered_at + interval '1 ms' where id = $1", offer.id
        )

        async def answer(where: House, one: UUID = offer.id) -> str:
            try:
                await where.db.run(lambda tx: accept(where, tx, one, elena))
            except NotPossible as refused:
                return refused.message
            return "mine"

        async def run_out(one: UUID = offer.id) -> None:
            await asyncio.sleep(random.random() * 0.004)
            await second.db.run(lambda tx: lapse(second, tx, {"offer": str(one)}))

        said, again, _ = await asyncio.gather(answer(house), answer(second), run_out())
        assert said == again, "both windows of the agent hear the same"
        found = await current(house, talk.id)
        outcomes.add(said)
        if said == "mine":
            assert (found.state, str(found.agent)) == (State.ACTIVE, elena.id)
        else:
            assert said == "The time to answer ran out: the request was passed on."
            assert found.state in (State.QUEUED, State.OFFERED)
        await house.db.run(lambda tx, one=talk.id: close(house, tx, one, _marta()))  # type: ignore[misc]
    assert outcomes


def _marta() -> Actor:
    from sportello.administration.permissions import DEFAULTS, Role

    return Actor("staff", str(UUID(int=7)), "Marta Ricci", permissions=frozenset(DEFAULTS[Role.SUPERVISOR]))


async def test_two_processes_that_look_at_once_make_one_offer_each_and_fill_no_place_twice(
    house: House, second: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await published(house, usual_units=3)
    talks = await asyncio.gather(*(waiting(f"Paziente {n}") for n in range(10)))
    await present(house, elena, davide)
    await asyncio.gather(*(assign(where) for where in (house, second) * 4))
    open_offers = await offers.open_offers(house.db)
    assert len(open_offers) == 6
    assert sorted(str(o.agent) for o in open_offers) == sorted([elena.id] * 3 + [davide.id] * 3)
    assert len({o.conversation for o in open_offers}) == 6
    states = [(await current(house, t.id)).state for t in talks]
    assert states.count(State.OFFERED) == 6
    assert states.count(State.QUEUED) == 4


async def test_a_busy_hour(house: House, second: House, waiting: Waiting) -> None:
    agents = [await staff_member(house, "agent", f"agente{n}", f"Agente {n}") for n in range(4)]
    await published(house, usual_units=2)
    await present(house, *agents)
    wanted, served = 30, set()

    async def arrive() -> None:
        for n in range(wanted):
            await waiting(f"Paziente {n}")
            await asyncio.sleep(random.random() * 0.02)

    async def work(agent: Actor, where: House) -> None:
        while len(served) < wanted:
            await asyncio.sleep(0.02)
            for one in await offers.open_offers(where.db, UUID(agent.id)):
                try:
                    if random.random() < 0.2:
                        await where.db.run(lambda tx, o=one: reject(where, tx, o.id, agent))  # type: ignore[misc]
                        await present(where, agent)
                        continue
                    talk = await where.db.run(lambda tx, o=one: accept(where, tx, o.id, agent))  # type: ignore[misc]
                except NotPossible:
                    continue
                await where.db.run(lambda tx, t=talk: end(where, tx, t.id, agent))  # type: ignore[misc]
                await where.db.run(lambda tx, t=talk: close(where, tx, t.id, agent, note="Fatto."))  # type: ignore[misc]
                served.add(talk.id)

    async def watch() -> None:
        while len(served) < wanted:
            await asyncio.sleep(0.01)
            async with house.db.transaction() as tx:
                await tx.execute("set transaction isolation level repeatable read")
                rows = await tx.fetch(
                    """select agent, count(*) as n from (
                        select agent from routing.offer where outcome is null
                        union all select agent from conversations.conversation where state in ('active', 'wrap_up')
                    ) taken group by agent"""
                )
            assert all(row["n"] <= 2 for row in rows), rows

    async with asyncio.timeout(60):
        await asyncio.gather(arrive(), watch(), *(work(agent, random.choice((house, second))) for agent in agents))
    doubled = await house.db.fetch(
        "select conversation from routing.offer where outcome = 'accepted' group by 1 having count(*) > 1"
    )
    assert doubled == []
    assert await offers.open_offers(house.db) == []


async def test_taking_by_hand_races_with_the_offer(
    house: House, second: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    for _ in range(10):
        await present(house, elena)
        talk = await waiting()

        async def grab(one: UUID = talk.id) -> bool:
            try:
                await second.db.run(lambda tx: take(second, tx, one, davide))
            except NotPossible:
                return False
            return True

        grabbed = await grab()
        found = await current(house, talk.id)
        if grabbed:
            assert str(found.agent) == davide.id
            assert await ringing(house, talk.id) is None
        else:
            await rings_at(house, talk.id, elena)
        await house.db.run(lambda tx, one=talk.id: close(house, tx, one, _marta()))  # type: ignore[misc]
        await until(lambda one=talk.id: _no_offer(house, one))  # type: ignore[misc]


async def test_a_place_taken_by_hand_meanwhile_is_not_filled_again(
    house: House, second: House, waiting: Waiting, elena: Actor
) -> None:
    await published(house, usual_units=1)
    await present(house, elena)
    async with second.db.transaction() as tx:
        first = await open_conversation(second, tx, visitor_name="Ada", language="it")
        await escalate(second, tx, first.id, reason="asked", queue="general")
        await take(second, tx, first.id, elena)
        # Whoever looks now still sees a free place; whether it is one is known once the taking is kept.
        other = await waiting("Bea")
        await asyncio.sleep(0.2)
    await assign(house)
    assert str((await current(house, first.id)).agent) == elena.id
    assert (await current(house, other.id)).state is State.QUEUED
    assert await offers.open_offers(house.db) == []


async def _no_offer(house: House, talk: UUID) -> bool:
    return await ringing(house, talk) is None


async def test_after_a_restart_what_ran_out_goes_on(
    settings: Settings, rooms: tuple[str, ...], house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    from sportello.app import furnish, open_house

    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    await house.tasks.stop()
    await house.jobs.stop()
    await present(house, davide)
    # The server was down while the time ran out, and even the promise to look at it was lost.
    await house.db.execute("delete from kit.job")
    await house.db.execute(
        "update routing.offer set offered_at = now() - interval '1 hour', expires_at = now() - interval '59 min'"
    )
    await house.db.execute("update routing.presence set lost_at = null")
    other = furnish(settings, rooms)
    async with open_house(other, rooms):
        await rings_at(other, talk.id, davide)
        assert (await offers.offer(other.db, offer.id)).outcome == "lapsed"  # type: ignore[union-attr]
