"""Who is asked for what: those who wait, in their order, each to the agent who is best placed by the queue's method.

The order between conversations is strict: a queue's priority, then the conversation's, then who has waited longest.
Somebody for whom nobody can be asked now keeps their rank and does not hold up those behind them.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from sportello.routing.engine.agents import Abilities, Agent, may_be_asked, present_for
from sportello.routing.engine.classifying import joined, read
from sportello.routing.plan.parts import Plan, Queue
from sportello.routing.plan.words import Method, Mode, Need

Key = tuple[object, ...]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Waiting(Struct, frozen=True):
    """Somebody who waits to be offered; `needs` as written, of their rule; `wanted` is asked first, if there."""

    conversation: UUID
    queue: str
    channel: str
    needs: str
    priority: int
    since: datetime
    wanted: UUID | None = None


class Shape(Struct, frozen=True):
    """What those who wait have in common for the choice of an agent; `first` has waited longest of them."""

    queue: str
    channel: str
    needs: str
    first: datetime


class Match(Struct, frozen=True):
    """Who is to be asked for whom."""

    waiting: Waiting
    staff: UUID


def rank(plan: Plan, one: Waiting) -> Key:
    """The order of service, smallest first."""
    return (-plan.queue(one.queue).priority, -one.priority, one.since, one.conversation)


def needed(queue: Queue, needs: str, since: datetime, now: datetime) -> tuple[Need, ...]:
    """What is wanted of whoever is asked; nothing any more once it has been waited for long enough."""
    return () if relaxed(queue, since, now) else joined(queue.needs, read(needs))


def relaxed(queue: Queue, since: datetime, now: datetime) -> bool:
    """Whether skills have been waited for long enough."""
    return queue.relax_after is not None and since + timedelta(seconds=queue.relax_after) <= now


class Chooser:
    """Chooses among one snapshot's agents; what it gives them counts for its next choice."""

    def __init__(self, plan: Plan, agents: Iterable[Agent], now: datetime, abilities: Abilities | None = None) -> None:
        self._plan, self._now = plan, now
        self._abilities = abilities or Abilities(plan)
        self._agents = {one.staff: one for one in agents}
        self._by_login = {one.member.login: one for one in self._agents.values()}
        self._pools: dict[tuple[str, str, tuple[Need, ...]], list[tuple[Key, UUID]]] = {}

    def anybody(self, queue: str, channel: str, needs: tuple[Need, ...]) -> bool:
        """Whether an agent with a place could be asked for such work at all."""
        return bool(self._pool(queue, channel, needs))

    def choose(self, one: Waiting, refused: Mapping[UUID, datetime]) -> Agent | None:
        """The agent to ask, or None when nobody can be asked now."""
        queue, stream = self._plan.queue(one.queue), self._plan.workstream(one.channel)
        if one.wanted and (known := self._agents.get(one.wanted)) and may_be_asked(known, stream, one.channel, refused):
            return known
        pool = self._pool(one.queue, one.channel, needed(queue, one.needs, one.since, self._now))
        said_no: list[tuple[Key, UUID]] = []
        chosen = None
        while pool and chosen is None:
            key, staff = pool[0]
            agent = self._agents.get(staff)
            if agent is None or not agent.room(one.channel, stream.units):
                heapq.heappop(pool)
            elif key != (current := _key(queue.method, agent)):
                heapq.heapreplace(pool, (current, staff))
            elif not may_be_asked(agent, stream, one.channel, refused):
                said_no.append(heapq.heappop(pool))
            else:
                chosen = agent
        for kept in said_no:
            heapq.heappush(pool, kept)
        return chosen

    def give(self, agent: Agent, channel: str) -> None:
        """Counts what was chosen."""
        agent.give(channel, self._plan.workstream(channel).units, self._now)

    def drop(self, staff: UUID) -> None:
        """Somebody turned out not to be there any more."""
        self._agents.pop(staff, None)

    def _able(self, queue: str, needs: tuple[Need, ...]) -> Iterable[Agent]:
        able = self._abilities.of(queue, needs)
        if able is None:
            return self._agents.values()
        return [self._by_login[login] for login in able if login in self._by_login]

    def _pool(self, code: str, channel: str, needs: tuple[Need, ...]) -> list[tuple[Key, UUID]]:
        """Who could be asked for such work, as a heap by the queue's method; keys only grow: they are mended late."""
        queue = self._plan.queue(code)
        found = self._pools.get((queue.id, channel, needs))
        if found is None:
            stream = self._plan.workstream(channel)
            found = [
                (_key(queue.method, agent), agent.staff)
                for agent in self._able(queue.id, needs)
                if present_for(agent, stream) and agent.room(channel, stream.units)
            ]
            heapq.heapify(found)
            self._pools[queue.id, channel, needs] = found
        return found


def _key(method: Method, agent: Agent) -> Key:
    match method:
        case Method.ROUND_ROBIN:
            return (agent.given_at or _LONG_AGO, agent.staff)
        case Method.MOST_SPARE:
            return (agent.taken - agent.member.units, agent.idle_since, agent.staff)
    return (agent.taken, agent.idle_since, agent.staff)


def match(
    plan: Plan,
    agents: Iterable[Agent],
    waiting: Iterable[Waiting],
    now: datetime,
    refused: Mapping[UUID, Mapping[UUID, datetime]] | None = None,
) -> list[Match]:
    """Everything that can be offered over one snapshot, in the order of service."""
    chooser, matches = Chooser(plan, agents, now), []
    for one in sorted(waiting, key=lambda each: rank(plan, each)):
        if plan.workstream(one.channel).mode is Mode.PICK:
            continue
        if chosen := chooser.choose(one, (refused or {}).get(one.conversation, {})):
            chooser.give(chosen, one.channel)
            matches.append(Match(one, chosen.staff))
    return matches


def worth_reading(
    plan: Plan, chooser: Chooser, shapes: Iterable[Shape], now: datetime, closed: Collection[str] = ()
) -> list[tuple[Shape, datetime]]:
    """Of what kinds of waiting somebody could be asked for, and up to which beginning of the wait: only those whose
    skills are waited for no longer, when nobody has them. Of `closed` queues nothing is offered.
    """
    found = []
    for shape in shapes:
        queue = plan.queue(shape.queue)
        if plan.workstream(shape.channel).mode is Mode.PICK or queue.id in closed:
            continue
        if chooser.anybody(queue.id, shape.channel, joined(queue.needs, read(shape.needs))):
            found.append((shape, now + _DAY))
        elif relaxed(queue, shape.first, now) and chooser.anybody(queue.id, shape.channel, ()):
            found.append((shape, now - timedelta(seconds=queue.relax_after or 0)))
    return found
