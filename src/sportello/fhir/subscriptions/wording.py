"""What is posted, in the words of the backport (http://hl7.org/fhir/uv/subscriptions-backport)."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from sportello.fhir.door.rendering import stamp, whole
from sportello.fhir.store.finding import Found
from sportello.fhir.store.subscribers import Subscriber
from sportello.fhir.subscriptions.reading import TOPIC
from sportello.kit.house import House
from sportello.kit.ids import uuid7

EVENTS, HANDSHAKE, HEARTBEAT = "event-notification", "handshake", "heartbeat"


class Event(Struct, frozen=True):
    """A change to be told; without `found` when there is nothing to show of it, and not even named when hidden."""

    id: str
    how: str
    found: Found | None

    @property
    def named(self) -> bool:
        return self.found is not None or self.how == "delete"


def notification(house: House, one: Subscriber, what: str, events: Sequence[Event]) -> dict[str, Any]:
    """The Bundle: the subscription's state first, then the resources as far as they are wanted."""
    shown = [each.found for each in events if each.found is not None] if one.content == "full-resource" else []
    created = {each.id for each in events if each.how == "create"}
    entries = [
        {
            "fullUrl": f"{one.base}/{found.kind}/{found.id}",
            "resource": whole(found),
            "request": {
                "method": "POST" if found.id in created else "PUT",
                "url": found.kind if found.id in created else f"{found.kind}/{found.id}",
            },
            "response": {"status": "201" if found.id in created else "200"},
        }
        for found in shown
    ]
    request = {"method": "GET", "url": f"{one.base}/Subscription/{one.id}/$status"}
    state = state_of(house, one, what, events)
    first = {"fullUrl": f"urn:uuid:{state['id']}", "resource": state, "request": request, "response": {"status": "200"}}
    return {
        "resourceType": "Bundle", "id": str(uuid7()), "type": "history", "timestamp": stamp(house.clock.now()),
        "entry": [first, *entries],
    }  # fmt: skip


def state_of(house: House, one: Subscriber, what: str, events: Sequence[Event]) -> dict[str, Any]:
    """The SubscriptionStatus as R4 writes it, in Parameters."""
    parameters: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": f"{one.base}/Subscription/{one.id}"}},
        {"name": "topic", "valueCanonical": f"{TOPIC}{one.kind}"},
        {"name": "status", "valueCode": one.status},
        {"name": "type", "valueCode": what},
        {"name": "events-since-subscription-start", "valueString": str(one.events + len(events))},
    ]
    for number, each in enumerate(events, one.events + 1):
        parts: list[dict[str, Any]] = [
            {"name": "event-number", "valueString": str(number)},
            {"name": "timestamp", "valueInstant": stamp(each.found.updated if each.found else house.clock.now())},
        ]
        if one.content != "empty" and each.named:
            focus = {"reference": f"{one.base}/{one.kind}/{each.id}"}
            parts.append({"name": "focus", "valueReference": focus})
        parameters.append({"name": "notification-event", "part": parts})
    if one.why:
        parameters.append({"name": "error", "valueCodeableConcept": {"text": one.trouble}})
    return {"resourceType": "Parameters", "id": str(uuid7()), "parameter": parameters}
