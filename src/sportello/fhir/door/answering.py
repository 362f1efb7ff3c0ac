"""Which capability answers what: one table for requests and for the entries of bundles."""

from collections.abc import Awaitable, Callable

from sportello.fhir.bulk import exporting
from sportello.fhir.door import histories, reading, searching, writing
from sportello.fhir.door.capability import KEPT
from sportello.fhir.door.outcomes import Issue, Refusal, not_found
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.visiting import Visit
from sportello.fhir.r4 import ID
from sportello.fhir.subscriptions import subscribing
from sportello.kit.database import Transaction
from sportello.kit.house import House

Answering = Callable[[Visit, Transaction, Question], Awaitable[Answer]]


async def answer(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """The answer within the caller's transaction; raises Refusal."""
    return await way(visit.house, asks.method, asks.steps)(visit, tx, asks)


class Operations(dict[tuple[str, ...], Answering]):
    """Operations that rooms above add, by their path with `*` for an id; asked by POST, or GET when they only look.

    A type alone stands for what is created of it: the room does what follows from it.
    """

    looking: frozenset[str] = frozenset({"$find"})


def operations_of(house: House) -> Operations:
    """The house's operations; rooms add theirs in `install`."""
    found = house.ports.setdefault(Operations, Operations())
    assert isinstance(found, Operations)
    return found


def way(house: House, method: str, steps: tuple[str, ...]) -> Answering:
    """What answers a method at a path; raises Refusal (404, 405), so that a body need not be read first."""
    if steps and steps[0] not in KEPT and steps not in (("$export",), ("_history",)):
        raise Refusal(404, Issue("not-supported", f"{steps[0][:60]} is not a type that is kept here"))
    known = _ways(steps) | _added(house, steps)
    if not known or (len(steps) > 1 and not steps[1].startswith(("_", "$")) and not ID.fullmatch(steps[1])):
        raise not_found("/".join(steps)[:100])
    if method not in known:
        raise Refusal(405, Issue("not-supported", f"{method} is not possible here; {', '.join(sorted(known))} is"))
    return known[method]


def _added(house: House, steps: tuple[str, ...]) -> dict[str, Answering]:
    path = steps if len(steps) < 3 else (steps[0], "*", *steps[2:])
    if not (answering := operations_of(house).get(path)):
        return {}
    return {"POST": answering} | ({"GET": answering} if path[-1] in Operations.looking else {})


def _ways(steps: tuple[str, ...]) -> dict[str, Answering]:
    match steps:
        case ("$export",) | ("Patient", "$export") | ("Group", _, "$export"):
            return {"GET": exporting.kick_off, "POST": exporting.kick_off}
        case ("_history",) | (_, "_history") | (_, _, "_history"):
            return {"GET": histories.history}
        case (_,):
            return {"GET": _search, "POST": writing.create, "PUT": writing.update, "PATCH": writing.patch,
                    "DELETE": writing.delete}  # fmt: skip
        case (_, "_search"):
            return {"POST": _search, "GET": _search}
        case (_, "$validate"):
            return {"POST": reading.validate}
        case (_, name) if name.startswith(("_", "$")):
            return {}
        case (_, _):
            return {"GET": reading.read, "PUT": writing.update, "PATCH": writing.patch, "DELETE": writing.delete}
        case (_, _, "_history", _):
            return {"GET": reading.version}
        case ("Subscription", _, "$status"):
            return {"GET": subscribing.status, "POST": subscribing.status}
        case ("Patient", _, "$everything"):
            return {"GET": reading.everything, "POST": reading.everything}
        case (_, _, "$validate"):
            return {"POST": reading.validate}
        case ("Patient", _, kind) if kind in KEPT:
            return {"GET": _compartment}
    return {}


async def _search(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    return Answer(200, await searching.search(visit, tx, asks.kind, asks.pairs))


async def _compartment(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """`Patient/id/Type?...`: a search within a patient's compartment."""
    _, patient, kind = asks.steps
    return Answer(200, await searching.search(visit, tx, kind, asks.pairs, patient=patient, path="/".join(asks.steps)))
