"""A draft tried on a day that was: who would have gone elsewhere, and where the load falls. Touches nothing."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.routing.engine.agents import can, serves
from sportello.routing.engine.classifying import Facts, Placement, classify, joined
from sportello.routing.engine.hours import is_open
from sportello.routing.plan.parts import Plan
from sportello.routing.plan.words import Need


class Past(Struct, frozen=True):
    """A conversation that came to people: when, and what was known of it. No names: none are needed."""

    conversation: UUID
    at: datetime
    facts: Facts


class Elsewhere(Struct, frozen=True):
    """A conversation that the draft places otherwise, and the rule (0: none) that does."""

    past: Past
    before: Placement
    after: Placement


class Load(Struct, frozen=True):
    """What comes to a queue under the draft: by hour, outside its hours, and with nobody who could serve it."""

    queue: str
    before: int
    after: int
    by_hour: tuple[int, ...]
    closed: int
    unserved: int


class Trial(Struct, frozen=True):
    """The whole answer."""

    conversations: int
    elsewhere: tuple[Elsewhere, ...]
    loads: tuple[Load, ...]


def simulate(before: Plan, after: Plan, past: Iterable[Past], zone: ZoneInfo) -> Trial:
    """Both plans on the same conversations, by the engine's own classification."""
    moved: list[Elsewhere] = []
    was: Counter[str] = Counter()
    hours: dict[str, list[int]] = {queue.id: [0] * 24 for queue in after.queues}
    closed: Counter[str] = Counter()
    unserved: Counter[str] = Counter()
    count = 0
    for one in past:
        count += 1
        old, new = classify(before, one.facts), classify(after, one.facts)
        was[old.queue] += 1
        hours[new.queue][one.at.astimezone(zone).hour] += 1
        queue = after.queue(new.queue)
        opening = next((hour for hour in after.hours if hour.id == queue.hours), None)
        closed[new.queue] += not is_open(opening, one.at, zone)
        unserved[new.queue] += not somebody(after, new.queue, joined(queue.needs, new.needs))
        if (old.queue, old.needs, old.priority) != (new.queue, new.needs, new.priority):
            moved.append(Elsewhere(one, old, new))
    loads = tuple(
        Load(
            queue.id, was[queue.id], sum(hours[queue.id]), tuple(hours[queue.id]), closed[queue.id], unserved[queue.id]
        )
        for queue in after.queues
    )
    return Trial(count, tuple(moved), loads)


def somebody(plan: Plan, queue: str, needs: tuple[Need, ...]) -> bool:
    """Whether anybody of the plan serves a queue and has the skills; without people in the plan, everybody serves."""
    if not plan.members:
        return not needs
    return any(serves(plan, member, queue) and can(member, needs) for member in plan.members)
