"""Subscriptions as they are written at the door: greeted before they are active, and ended with their resource."""

from typing import Any

from msgspec.structs import replace

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.rendering import bundle
from sportello.fhir.door.visiting import Visit
from sportello.fhir.store import subscribers
from sportello.fhir.subscriptions.headers import sealed, veiled
from sportello.fhir.subscriptions.reading import wanted
from sportello.fhir.subscriptions.telling import promise
from sportello.fhir.subscriptions.wording import HANDSHAKE, state_of
from sportello.kit.database import Transaction
from sportello.kit.security.sealing import sealing_of


async def asked_for(visit: Visit, tx: Transaction, resource: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a resource: of a Subscription with the status that the server gives it; raises Refusal."""
    if resource["resourceType"] != "Subscription":
        return resource
    if resource.get("status") == "off":
        await subscribers.remove(tx, resource["id"])
        return veiled(resource)
    asked, before = wanted(visit, resource), await subscribers.read(tx, resource["id"])
    kept = sealed(sealing_of(visit.house), asked.headers, before.headers if before else [])
    await subscribers.put(tx, replace(asked, headers=kept))
    await promise(visit.house, tx, resource["id"], HANDSHAKE)
    shown = {name: value for name, value in resource.items() if name != "error"}
    return veiled(shown) | {"status": "requested"}


async def ended(tx: Transaction, kind: str, name: str) -> None:
    """A deleted Subscription tells nobody anything more."""
    if kind == "Subscription":
        await subscribers.remove(tx, name)


async def status(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """`Subscription/1/$status`: how it stands."""
    visit.needs("Subscription", "r")
    one = await subscribers.read(tx, asks.steps[1])
    if one is None:
        raise Refusal(404, Issue("not-found", f"Subscription/{asks.steps[1]} tells nobody anything"))
    state = state_of(visit.house, one, "query-status", [])
    entry = {"fullUrl": f"urn:uuid:{state['id']}", "resource": state, "search": {"mode": "match"}}
    return Answer(200, bundle("searchset", [entry], total=1))
