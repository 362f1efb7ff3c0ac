"""When the plan's queues are open, in the clinic's zone."""

from datetime import datetime

from sportello.kit.house import House
from sportello.routing.engine.hours import is_open, next_opening
from sportello.routing.plan.parts import Hours, Plan, Queue


def hours_of(plan: Plan, queue: Queue) -> Hours | None:
    """A queue's opening hours; None: always open."""
    return next((one for one in plan.hours if one.id == queue.hours), None)


def closed_queues(house: House, plan: Plan, now: datetime) -> frozenset[str]:
    """Queues of which nothing is offered now."""
    zone = house.settings.clinic.tz
    return frozenset(one.id for one in plan.queues if not is_open(hours_of(plan, one), now, zone))


def opening_of(house: House, plan: Plan, queue: str, at: datetime) -> datetime | None:
    """When a queue is open next: the instant itself when it is; None when it does not open for a year."""
    return next_opening(hours_of(plan, plan.queue(queue)), at, house.settings.clinic.tz)
