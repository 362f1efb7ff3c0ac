"""A hospital's life in two processes at once, on the real database: whatever agents, patients and clocks do in whatever
order and at the same moment, everybody has one owner, nobody has too much, nobody is forgotten, and the events tell it.
"""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import DEFAULTS, Role
from sportello.administration.testing import staff_member
from sportello.conversations.ending import close, end
from sportello.conversations.handover import escalate
from sportello.conversations.moves import NoSuchConversation, NotPossible
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.conversations.store import ongoing
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Settings
from sportello.routing import places, planning
from sportello.routing.accepting import accept
from sportello.routing.assigning import assign
from sportello.routing.engine.matching import match
from sportello.routing.lapsing import lapse
from sportello.routing.plan.parts import FIRST_PLAN, Member, Plan, Queue, Skill
from sportello.routing.plan.words import Method, Need, Text
from sportello.routing.presence import set_presence
from sportello.routing.rejecting import reject
from sportello.routing.rules import Presence
from sportello.routing.store import offers, placements
from sportello.routing.supervising import release
from sportello.routing.waiting import put_by

NAME = Text("Nome", "Name")
UNITS = 2
PLAN = replace(
    FIRST_PLAN,
    skills=(Skill("heart", NAME),),
    queues=(
        FIRST_PLAN.queues[0],
        Queue("cardio", NAME, priority=1, needs=(Need("heart", 2),), method=Method.ROUND_ROBIN),
        Queue("shared", NAME, method=Method.MOST_SPARE, relax_after=0, needs=(Need("heart", 5),)),
    ),
    members=tuple(
        Member(f"agente{n}", ("general", "shared", *(("cardio",) if n else ())), {"heart": n + 1}, UNITS)
        for n in range(3)
    ),
    misses_until_away=100,
)
MARTA = Actor("staff", str(UUID(int=7)), "Marta Ricci", permissions=frozenset(DEFAULTS[Role.SUPERVISOR]))
agents, numbers = st.integers(0, 2), st.integers(0, 30)
deeds = st.one_of(
    st.tuples(st.just("come"), st.sampled_from(("general", "cardio", "shared", "unknown")), st.integers(0, 2)),
    st.tuples(st.just("come"), st.just("general"), st.just(0)),
    st.tuples(st.just("presence"), agents, st.sampled_from((*Presence, Presence.AVAILABLE, Presence.AVAILABLE))),
    st.tuples(st.sampled_from(("accept", "reject", "accept")), agents, numbers),
    st.tuples(st.sampled_from(("end", "release", "put_by")), agents, numbers),
    st.tuples(st.sampled_from(("close", "leave", "run_out")), numbers, numbers),
)


class Hospital:
    """Two processes of one hospital, three agents; does what it is told and looks at what came of it."""

    def __init__(self, houses: list[House], staff: list[Actor]) -> None:
        self.houses, self.staff = houses, staff
        self.dice = random.Random(1)

    async def together(self, some: list[Any]) -> None:
        """All at the same moment, each in one of the processes."""
        done = await asyncio.gather(*(self._do(*one) for one in some), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException) and not isinstance(error, NotPossible | NoSuchConversation):
                raise error

    async def _do(self, deed: str, first: Any, second: Any) -> None:
        house = self.dice.choice(self.houses)
        if deed == "come":
            await house.db.run(lambda tx: self._come(house, tx, first, second))
        elif deed == "presence":
            await house.db.run(lambda tx: set_presence(house, tx, self.staff[first], second))
        elif deed in ("accept", "reject"):
            agent = self.staff[first]
            if ringing := await offers.open_offers(house.db, UUID(agent.id)):
                answer, one = {"accept": accept, "reject": reject}[deed], ringing[second % len(ringing)].id
                await house.db.run(lambda tx: answer(house, tx, one, agent))  # type: ignore[operator]
        elif deed == "run_out":
            if ringing := await offers.open_offers(house.db):
                one = ringing[first % len(ringing)].id
                await house.db.execute(
                    "update routing.offer set expires_at = offered_at + interval '1 us' where id = $1", one
                )
                await house.db.run(lambda tx: lapse(house, tx, {"offer": str(one)}))
        else:
            await self._talk(house, deed, first, second)

    async def _come(self, house: House, tx: Any, queue: str, priority: int) -> None:
        talk = await open_conversation(house, tx, visitor_name="Giulia Ferri", language="it")
        await escalate(house, tx, talk.id, reason="asked", queue=queue, priority=priority)

    async def _talk(self, house: House, deed: str, first: int, second: int) -> None:
        talks = await ongoing(house.db)
        if deed in ("close", "leave"):
            if talks:
                one, who = talks[first % len(talks)].id, MARTA if deed == "close" else Actor("patient", "g", "")
                leaves = close if deed == "close" else end
                await house.db.run(lambda tx: leaves(house, tx, one, who))
            return
        agent = self.staff[first]
        if mine := [one.id for one in talks if str(one.agent) == agent.id]:
            one, does = mine[second % len(mine)], {"end": end, "release": release, "put_by": put_by}[deed]
            await house.db.run(lambda tx: does(house, tx, one, agent))  # type: ignore[operator]

    async def look(self) -> None:
        """What must hold at every moment, seen in one snapshot."""
        house = self.houses[0]
        async with house.db.transaction() as tx:
            await tx.execute("set transaction isolation level repeatable read")
            talks = await tx.fetch("select id, state, agent, agent_name from conversations.conversation")
            ringing = await offers.open_offers(tx)
            waiting = {one.conversation for one in await placements.all_waiting(tx)}
            taken = await places.works(tx, PLAN)
            moved = await tx.fetch("select stream, body from kit.event where kind = 'moved' order by stream, seq")
        assert Counter(one.conversation for one in ringing) == Counter(
            t["id"] for t in talks if t["state"] == "offered"
        )
        assert waiting == {one["id"] for one in talks if one["state"] == "queued"}
        assert all(sum(works.values()) <= UNITS for works in taken.values()), taken
        told: dict[str, tuple[str, str]] = {}
        for event in moved:
            before, name = told.get(event["stream"], ("bot", ""))
            assert event["body"]["from"] == before, "every change of state has its event"
            told[event["stream"]] = event["body"]["to"], event["body"].get("agent_name", name)
        shown = {f"conversation:{one['id']}": (one["state"], one["agent_name"]) for one in talks}
        with_agent = {State.ACTIVE, State.WAITING, State.WRAP_UP}
        assert {s: (to, name if to in with_agent else "") for s, (to, name) in told.items()} == {
            s: (state, name if state in with_agent else "") for s, (state, name) in shown.items() if state != "bot"
        }, "the list built from events is the list built from state"

    async def settle(self) -> None:
        """Once everybody has looked, nothing that could be offered is left."""
        await asyncio.gather(*(assign(house) for house in self.houses))
        for _ in range(100):
            if not (left := await self._possible()):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"forgotten: {left}")

    async def _possible(self) -> Any:
        house = self.houses[0]
        async with house.db.transaction() as tx:
            waiting = await placements.all_waiting(tx)
            refused = await offers.refused(tx, [one.conversation for one in waiting])
            people = await places.agents(house, tx)
            return match(PLAN, people.values(), waiting, house.clock.now(), refused)

    async def clear(self) -> None:
        for talk in await ongoing(self.houses[0].db):
            await self.houses[0].db.run(lambda tx, one=talk.id: close(self.houses[0], tx, one, MARTA))  # type: ignore[misc]


@pytest.fixture
def loop(settings: Settings, rooms: tuple[str, ...]) -> Any:
    """A loop of its own: hypothesis drives it from outside, step by step."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


async def _open(stack: AsyncExitStack, settings: Settings, rooms: tuple[str, ...], plan: Plan) -> Hospital:
    from sportello.app import furnish, open_house

    houses = []
    for _ in range(2):
        house = furnish(settings, rooms)
        houses.append(await stack.enter_async_context(open_house(house, rooms)))
    first = houses[0]
    staff = [await staff_member(first, "agent", f"agente{n}", f"Agente {n}") for n in range(3)]
    await first.db.run(lambda tx: planning.publish(first, tx, SYSTEM, plan, based_on=0, note="prova"))
    process = uuid7()  # their desks are connected to a process that never dies
    await first.db.execute("insert into routing.process (id, beat_at) values ($1, now() + interval '1 day')", process)
    await first.db.execute(
        "insert into routing.line (staff, process) select s, $2 from unnest($1::uuid[]) s",
        [UUID(one.id) for one in staff], process,
    )  # fmt: skip
    return Hospital(houses, staff)


def test_whatever_happens(loop: asyncio.AbstractEventLoop, settings: Settings, rooms: tuple[str, ...]) -> None:
    stack = AsyncExitStack()
    hospital = loop.run_until_complete(_open(stack, settings, rooms, PLAN))

    class Life(RuleBasedStateMachine):
        @initialize()
        def morning(self) -> None:
            for number in range(3):
                loop.run_until_complete(hospital.together([("presence", number, Presence.AVAILABLE)]))

        @rule(some=st.lists(deeds, min_size=1, max_size=5))
        def at_once(self, some: list[Any]) -> None:
            loop.run_until_complete(hospital.together(some))

        @rule()
        def quiet(self) -> None:
            loop.run_until_complete(hospital.settle())

        @invariant()
        def holds(self) -> None:
            loop.run_until_complete(hospital.look())

        def teardown(self) -> None:
            loop.run_until_complete(hospital.settle())
            loop.run_until_complete(hospital.clear())

    try:
        run_state_machine_as_test(
            Life,
            settings=how(
                max_examples=15, stateful_step_count=15, deadline=None, database=None, phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        loop.run_until_complete(stack.aclose())
