"""Who can be asked: agents as of a snapshot, what they can do, and how much of them is taken."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct, field

from sportello.routing.plan.parts import Member, Plan, Workstream
from sportello.routing.plan.words import Need


class Agent(Struct):
    """An agent as of a snapshot; `used` are the units taken, by channel: offers, talks, after-work.

    `alive` tells that a desk of theirs was heard of lately; `ready_at` is when they last became Available or had a
    place become free; `given_at` when they were last given something.
    """

    staff: UUID
    member: Member
    presence: str
    ready_at: datetime
    idle_since: datetime
    own: str = ""
    alive: bool = True
    given_at: datetime | None = None
    used: dict[str, int] = field(default_factory=dict)
    taken: int = 0

    def room(self, channel: str, units: int) -> bool:
        """Whether so many more units of a channel fit; what takes none always does."""
        if units == 0:
            return True
        if self.taken + units > self.member.units:
            return False
        most = self.member.most.get(channel)
        return most is None or self.used.get(channel, 0) + units <= most

    def give(self, channel: str, units: int, now: datetime) -> None:
        """Counts something just given; only ever makes the agent less likely to be chosen."""
        self.used[channel] = self.used.get(channel, 0) + units
        self.taken += units
        self.idle_since = self.given_at = now


def units_used(plan: Plan, works: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Units by channel, and together, of so many works by channel."""
    used: dict[str, int] = {}
    together = 0
    for channel, number in works.items():
        used[channel] = units = number * plan.workstream(channel).units
        together += units
    return used, together


def can(member: Member, needs: tuple[Need, ...]) -> bool:
    """Whether somebody has every skill at its level or above."""
    return all(member.skills.get(need.skill, 0) >= need.level for need in needs)


class Abilities:
    """Who could ever be asked for what, by one plan; remembers every answer."""

    def __init__(self, plan: Plan) -> None:
        self._named = frozenset(queue for member in plan.members for queue in member.queues)
        self._members = plan.members
        self._known: dict[tuple[str, tuple[Need, ...]], tuple[str, ...] | None] = {}

    def of(self, queue: str, needs: tuple[Need, ...]) -> tuple[str, ...] | None:
        """The sign-in names of those who serve a queue and have the skills; None: everybody, members or not."""
        if queue not in self._named and not needs:
            return None
        found = self._known.get((queue, needs))
        if found is None:
            found = self._known[queue, needs] = tuple(
                one.login
                for one in self._members
                if (queue in one.queues or queue not in self._named) and can(one, needs)
            )
        return found


def serves(plan: Plan, member: Member, queue: str) -> bool:
    """Whether somebody serves a queue: named for it, or nobody is."""
    return queue in member.queues or not any(queue in one.queues for one in plan.members)


def present_for(agent: Agent, stream: Workstream) -> bool:
    """Whether an agent's presence is one in which a workstream's work is offered, and their desk is there."""
    return agent.alive and (agent.presence in stream.presences or agent.own in stream.presences)


def may_be_asked(
    agent: Agent, stream: Workstream, channel: str, refused: Mapping[UUID, datetime] | None = None
) -> bool:
    """Present, with a place, and not having said no to this conversation since becoming ready."""
    if not present_for(agent, stream) or not agent.room(channel, stream.units):
        return False
    said_no = (refused or {}).get(agent.staff)
    return said_no is None or said_no < agent.ready_at
