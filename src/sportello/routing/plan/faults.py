"""What is wrong with a plan, before it can be published: every fault with the place it is at."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.routing.plan.parts import Plan
from sportello.routing.plan.words import CODE, Need, Remedy

BASE_PRESENCES = ("available", "busy", "do_not_disturb", "away", "offline")


class Fault(Struct, frozen=True):
    """Something wrong at `path` ("queues.2.overflow.0.queue"); `message` is translatable, with `params`."""

    path: str
    message: str
    params: dict[str, str] = {}


def faults(plan: Plan) -> list[Fault]:
    """Everything that keeps a plan from being published, in the order of the plan."""
    return list(_faults(plan))


def _faults(plan: Plan) -> Iterator[Fault]:
    if not plan.queues:
        yield Fault("queues", N_("At least one queue is needed."))
    if not plan.workstreams:
        yield Fault("workstreams", N_("At least one workstream is needed."))
    for kind in ("workstreams", "queues", "skills", "hours", "presences"):
        yield from _codes(kind, [one.id for one in getattr(plan, kind)])
        for at, one in enumerate(getattr(plan, kind)):
            if one.name.empty:
                yield Fault(f"{kind}.{at}.name", N_("A name is needed."))
    yield from _queues(plan)
    yield from _workstreams(plan)
    yield from _members(plan)
    for at, own in enumerate(plan.presences):
        if own.base not in BASE_PRESENCES:
            yield Fault(f"presences.{at}.base", N_("There is no presence “%(what)s”."), {"what": own.base})
    for where, value, low, high in (
        ("misses_until_away", plan.misses_until_away, 1, 100),
        ("line_grace_seconds", plan.line_grace_seconds, 1, 600),
        ("offline_after_seconds", plan.offline_after_seconds, 10, 3600),
        ("usual_units", plan.usual_units, 0, 100),
    ):
        yield from _between(where, value, low, high)


def _codes(kind: str, codes: list[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, code in enumerate(codes):
        if not re.fullmatch(CODE, code):
            yield Fault(f"{kind}.{at}.id", N_("A code begins with a letter: small letters, digits, - and _."))
        if code in seen:
            yield Fault(f"{kind}.{at}.id", N_("The code “%(what)s” is used twice."), {"what": code})
        seen.add(code)


def _known(path: str, code: str, known: Iterable[str], message: str) -> Iterator[Fault]:
    if code not in set(known):
        yield Fault(path, message, {"what": code})


def _between(path: str, value: int | None, low: int, high: int) -> Iterator[Fault]:
    if value is not None and not low <= value <= high:
        yield Fault(path, N_("Between %(low)s and %(high)s."), {"low": str(low), "high": str(high)})


def _needs(path: str, needs: Iterable[Need], plan: Plan) -> Iterator[Fault]:
    for at, need in enumerate(needs):
        yield from _known(
            f"{path}.{at}.skill", need.skill, [s.id for s in plan.skills], N_("There is no skill “%(what)s”.")
        )
        yield from _between(f"{path}.{at}.level", need.level, 1, 5)


def _queues(plan: Plan) -> Iterator[Fault]:
    queues = [one.id for one in plan.queues]
    for at, queue in enumerate(plan.queues):
        here = f"queues.{at}"
        yield from _between(f"{here}.offer_seconds", queue.offer_seconds, 5, 600)
        yield from _needs(f"{here}.needs", queue.needs, plan)
        if queue.hours:
            known = [one.id for one in plan.hours]
            yield from _known(f"{here}.hours", queue.hours, known, N_("There are no opening hours “%(what)s”."))
        for number, overflow in enumerate(queue.overflow):
            there = f"{here}.overflow.{number}"
            if overflow.then is Remedy.QUEUE:
                yield from _known(f"{there}.queue", overflow.queue, queues, N_("There is no queue “%(what)s”."))
                if _returns(plan, queue.id):
                    yield Fault(f"{there}.queue", N_("The overflow leads back to the queue it came from."))
            elif overflow.text.empty:
                yield Fault(f"{there}.text", N_("The patient must be told something."))


def _returns(plan: Plan, start: str) -> bool:
    """Whether overflowing from a queue can lead back to it."""
    leads = {q.id: {o.queue for o in q.overflow if o.then is Remedy.QUEUE} for q in plan.queues}
    seen: set[str] = set()
    todo = set(leads.get(start, ()))
    while todo:
        one = todo.pop()
        if one == start:
            return True
        seen.add(one)
        todo |= leads.get(one, set()) - seen
    return False


def _workstreams(plan: Plan) -> Iterator[Fault]:
    queues = [one.id for one in plan.queues]
    taken: set[str] = set()
    missing = N_("There is no queue “%(what)s”.")
    presences = [*BASE_PRESENCES, *(own.id for own in plan.presences)]
    for at, one in enumerate(plan.workstreams):
        here = f"workstreams.{at}"
        yield from _known(f"{here}.fallback", one.fallback, queues, missing)
        yield from _between(f"{here}.units", one.units, 0, 100)
        for presence in one.presences:
            yield from _known(f"{here}.presences", presence, presences, N_("There is no presence “%(what)s”."))
        for channel in one.channels:
            if channel in taken:
                yield Fault(f"{here}.channels", N_("The channel “%(what)s” has another workstream."), {"what": channel})
            taken.add(channel)
        for number, rule in enumerate(one.rules):
            yield from _known(f"{here}.rules.{number}.queue", rule.queue, queues, missing)
            yield from _needs(f"{here}.rules.{number}.needs", rule.needs, plan)


def _members(plan: Plan) -> Iterator[Fault]:
    yield from _twice([one.login for one in plan.members])
    for at, member in enumerate(plan.members):
        here = f"members.{at}"
        yield from _between(f"{here}.units", member.units, 0, 100)
        for queue in member.queues:
            known = [one.id for one in plan.queues]
            yield from _known(f"{here}.queues", queue, known, N_("There is no queue “%(what)s”."))
        yield from _needs(f"{here}.skills", [Need(s, level) for s, level in member.skills.items()], plan)


def _twice(logins: list[str]) -> Iterator[Fault]:
    for at, login in enumerate(logins):
        if login in logins[:at]:
            yield Fault(f"members.{at}.login", N_("“%(what)s” is named twice."), {"what": login})
