"""What is done with somebody whose queue is in trouble: a pure decision over the queue as it stands."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from sportello.routing.plan.parts import Overflow, Queue
from sportello.routing.plan.words import Remedy, Trouble

MOST_HOPS = 5


class Standing(Struct, frozen=True):
    """A queue as it stands for somebody in it: `ahead` wait before them, `first` has waited since then, `askable`
    tells that somebody who could be asked for them is at a desk.
    """

    now: datetime
    open: bool
    waiting: int
    first: datetime | None
    askable: bool


class Decision(Struct, frozen=True):
    """What to do; `mark` names the overflow of the queue, so that it is applied once."""

    overflow: Overflow
    mark: str


def trouble(one: Overflow, queue: Standing) -> bool:
    """Whether a queue is in this trouble."""
    match one.when:
        case Trouble.CLOSED:
            return not queue.open
        case Trouble.NOBODY:
            return not queue.askable
        case Trouble.TOO_MANY:
            return queue.waiting > one.limit
        case Trouble.TOO_LONG:
            return queue.first is not None and queue.first + timedelta(seconds=one.limit) <= queue.now
    return False


def decide(queue: Queue, standing: Standing, applied: Collection[str]) -> Decision | None:
    """The first overflow that applies, if it was not applied to this conversation before.

    A message leaves the conversation in the queue: what comes after it in the list is then looked at too.
    """
    for number, one in enumerate(queue.overflow):
        mark = f"{queue.id}.{number}"
        if not trouble(one, standing):
            continue
        if mark not in applied:
            return Decision(one, mark)
        if one.then is not Remedy.MESSAGE:
            return None
    return None


def looks_at(queue: Queue, since: datetime) -> list[datetime]:
    """The instants at which somebody who waits since then is to be looked at again: when their wait is too long."""
    return sorted(
        {since + timedelta(seconds=one.limit) for one in queue.overflow if one.when is Trouble.TOO_LONG}
    )  # fmt: skip
