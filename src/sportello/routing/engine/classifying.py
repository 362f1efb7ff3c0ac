"""Which workstream, which queue, which skills: what the plan says of a conversation's facts."""

from msgspec import Struct

from sportello.routing.plan.parts import Plan, Queue, Rule, Workstream
from sportello.routing.plan.words import Condition, Need

RED_FLAG = "red-flag"


class Facts(Struct, frozen=True):
    """What is known of a conversation when it comes to people; `queue` is which one was asked for, or empty."""

    channel: str = "chat"
    language: str = "it"
    topic: str = ""
    reason: str = ""
    priority: int = 0
    known: bool = False
    queue: str = ""

    def value(self, fact: str) -> str:
        """A fact as conditions name it; unknown facts are empty."""
        match fact:
            case "patient":
                return "known" if self.known else "unknown"
            case "priority":
                return RED_FLAG if self.reason == RED_FLAG or self.priority >= 100 else "usual"
            case "channel" | "language" | "topic" | "reason" | "queue":
                return str(getattr(self, fact))
        return ""


class Placement(Struct, frozen=True):
    """Where a conversation belongs. `needs` are those of the rule alone: the queue's are added when it is matched, so
    that they follow it into another queue. `rule` counts from 1, 0 when none applied.
    """

    workstream: str
    queue: str
    needs: tuple[Need, ...]
    priority: int
    rule: int


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether a condition holds for a conversation; letters' case does not matter."""
    among = facts.value(condition.fact).casefold() in {one.casefold() for one in condition.values}
    return among is not condition.negated


def classify(plan: Plan, facts: Facts) -> Placement:
    """The first rule of the channel's workstream of which every condition holds; else the queue that was asked for,
    if there is such; else the workstream's fallback. So every conversation ends in a queue that exists.
    """
    stream = plan.workstream(facts.channel)
    for number, rule in enumerate(stream.rules, 1):
        if all(holds(condition, facts) for condition in rule.when):
            return _placed(plan, stream, rule, facts, number)
    asked = facts.queue if any(one.id == facts.queue for one in plan.queues) else stream.fallback
    return _placed(plan, stream, Rule(asked), facts, 0)


def _placed(plan: Plan, stream: Workstream, rule: Rule, facts: Facts, number: int) -> Placement:
    queue: Queue = plan.queue(rule.queue)
    return Placement(stream.id, queue.id, rule.needs, facts.priority + rule.priority, number)


def joined(*several: tuple[Need, ...]) -> tuple[Need, ...]:
    """Needs together: of one skill the higher level, in the order of their names."""
    highest: dict[str, int] = {}
    for need in (one for needs in several for one in needs):
        highest[need.skill] = max(need.level, highest.get(need.skill, 0))
    return tuple(Need(skill, highest[skill]) for skill in sorted(highest))


def written(needs: tuple[Need, ...]) -> str:
    """Needs as a short text ("cardiology:3 it:1"), the same for the same needs."""
    return " ".join(f"{need.skill}:{need.level}" for need in joined(needs))


def read(text: str) -> tuple[Need, ...]:
    """What `written` wrote."""
    pairs = (one.rpartition(":") for one in text.split())
    return tuple(Need(skill, int(level)) for skill, _, level in pairs)
