"""Tells subscribers of changes: each by jobs of its own, in order, again after failures, and not for ever."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog

from sportello.fhir.door.asking import asked
from sportello.fhir.door.rendering import stamp, whole
from sportello.fhir.labels import SENSITIVE
from sportello.fhir.plugging import plugs_of
from sportello.fhir.ports import Unreachable, WebHook
from sportello.fhir.store import finding, resources, subscribers
from sportello.fhir.store.finding import Found, Limits
from sportello.fhir.store.subscribers import Changed, Subscriber
from sportello.fhir.subscriptions.reading import TOPIC
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job

log = structlog.get_logger("fhir.subscriptions")
AT_ONCE = 50
PAUSES = (5, 15, 60, 300, 900, 3600, 4 * 3600)  # seconds after failures in a row; then the subscription is in error
_encode = msgspec.json.Encoder(decimal_format="number").encode


async def wake(house: House, tx: Transaction) -> None:
    """Something may have changed that somebody wants to hear of; called in the transaction of the change."""
    if await subscribers.any_of(tx):
        await house.jobs.enqueue(tx, "fhir.fan_out", {}, dedupe_key="fhir.fan_out")


async def changed(house: House, tx: Transaction, kind: str, resource: str, how: str = "update") -> None:
    """A change of what another room keeps."""
    if await subscribers.note(tx, kind, resource, how):
        await wake(house, tx)


@job("fhir.fan_out")
async def fan_out(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """A job for each subscriber that is behind, so that none waits for another's slow system."""
    for subscription in await subscribers.behind(tx):
        await house.jobs.enqueue(tx, "fhir.tell", {"id": subscription}, dedupe_key=f"tell:{subscription}")


@job("fhir.handshake")
async def handshake(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """The first word to a new subscriber; active from its yes on."""
    one = await subscribers.read(tx, payload["id"], lock=True)
    if one is None or one.status != "requested":
        return
    if await _sent(house, tx, one, "handshake", []):
        await subscribers.activate(tx, one.id)
        await _show(house, tx, one.id, "active", "")


@job("fhir.tell")
async def tell(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """The next changes to one subscriber."""
    one = await subscribers.read(tx, payload["id"], lock=True)
    if one is None or one.status != "active":
        return
    listed, more = await subscribers.changes(tx, one, AT_ONCE)
    if listed:
        events = await _events(house, tx, one, listed)
        if events and not await _sent(house, tx, one, "event-notification", events):
            return
        await subscribers.told(tx, one.id, listed[-1], len(events))
    if more:
        # What waits for an older transaction is looked at again a moment later.
        at = None if listed else house.clock.now() + timedelta(seconds=1)
        await house.jobs.enqueue(tx, "fhir.tell", payload, run_at=at, dedupe_key=f"tell:{one.id}")


async def _events(
    house: House, tx: Transaction, one: Subscriber, listed: list[Changed]
) -> list[tuple[Changed, Found | None]]:
    """Of several changes of one resource the last; those that the filter lets through, as they stand."""
    latest = {each.id: each for each in listed}
    hidden = () if one.sensitive else tuple(f"security|*|{code}" for code in sorted(SENSITIVE))
    limits = Limits(hidden, plugs=plugs_of(house))
    query = [*parse_qsl(one.filter, keep_blank_values=True), ("_id", ",".join(latest))]
    found = {each.id: each for each in await finding.find(tx, asked(one.kind, query), limits, limit=AT_ONCE)}
    told: list[tuple[Changed, Found | None]] = []
    for each in latest.values():
        if each.id in found:
            told.append((each, found[each.id]))
        elif each.how == "delete" and not one.filter:
            told.append((each, None))  # of what is gone nothing can be filtered, nor shown
    return told


async def _sent(
    house: House, tx: Transaction, one: Subscriber, what: str, events: list[tuple[Changed, Found | None]]
) -> bool:
    bundle = notification(house, one, what, events)
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in one.headers)}
    headers["content-type"] = "application/fhir+json"
    try:
        await house.port(WebHook).post(one.endpoint, headers, _encode(bundle))
    except Unreachable as error:
        failures = await subscribers.failed(tx, one.id)
        log.warning("a subscriber was not reached", subscription=one.id, failures=failures, why=str(error))
        if failures > len(PAUSES) or what == "handshake":
            await subscribers.set_status(tx, one.id, "error")
            await _show(house, tx, one.id, "error", str(error))
        else:
            again = house.clock.now() + timedelta(seconds=PAUSES[failures - 1])
            key = f"tell:{one.id}"
            await house.jobs.enqueue(tx, "fhir.tell", {"id": one.id}, run_at=again, dedupe_key=key)
        return False
    return True


async def _show(house: House, tx: Transaction, subscription: str, status: str, why: str) -> None:
    """In the resource, for whoever reads it."""
    if body := await resources.get(tx, "Subscription", subscription):
        body = {name: value for name, value in body.items() if name != "error"} | {"status": status}
        await resources.put(tx, body | ({"error": why} if why else {}), now=house.clock.now())


def notification(
    house: House, one: Subscriber, what: str, events: list[tuple[Changed, Found | None]]
) -> dict[str, Any]:
    """The Bundle that is posted: the subscription's state first, then the resources as far as they are wanted."""
    shown = [(each, found) for each, found in events if one.content == "full-resource" and found is not None]
    entries = [
        {
            "fullUrl": f"{one.base}/{each.kind}/{each.id}",
            "resource": whole(found),
            "request": {"method": "POST" if each.how == "create" else "PUT", "url": f"{each.kind}/{each.id}"},
            "response": {"status": "201" if each.how == "create" else "200"},
        }
        for each, found in shown
        if found is not None
    ]
    state = state_of(house, one, what, [each for each, _ in events])
    request = {"method": "GET", "url": f"{one.base}/Subscription/{one.id}/$status"}
    first = {"fullUrl": f"urn:uuid:{uuid7()}", "resource": state, "request": request, "response": {"status": "200"}}
    return {
        "resourceType": "Bundle", "id": str(uuid7()), "type": "history", "timestamp": stamp(house.clock.now()),
        "entry": [first, *entries],
    }  # fmt: skip


def state_of(house: House, one: Subscriber, what: str, events: list[Changed]) -> dict[str, Any]:
    """The SubscriptionStatus as R4 writes it, in Parameters."""
    parameters: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": f"{one.base}/Subscription/{one.id}"}},
        {"name": "topic", "valueCanonical": f"{TOPIC}{one.kind}"},
        {"name": "status", "valueCode": "active" if what == "event-notification" else one.status},
        {"name": "type", "valueCode": what},
        {"name": "events-since-subscription-start", "valueString": str(one.events + len(events))},
    ]
    for number, each in enumerate(events, one.events + 1):
        parts: list[dict[str, Any]] = [
            {"name": "event-number", "valueString": str(number)},
            {"name": "timestamp", "valueInstant": stamp(house.clock.now())},
        ]
        if one.content != "empty":
            focus = {"reference": f"{one.base}/{each.kind}/{each.id}"}
            parts.append({"name": "focus", "valueReference": focus})
        parameters.append({"name": "notification-event", "part": parts})
    return {"resourceType": "Parameters", "id": str(uuid7()), "parameter": parameters}
