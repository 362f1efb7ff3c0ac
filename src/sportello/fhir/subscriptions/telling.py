"""Tells subscribers of changes: each by jobs of its own, in order, again after failures, and not for ever.

What is to be said is written down by a job; it is said after that job's transaction, by a task. The job's key waits
meanwhile with the end of the task's time: whatever becomes of the process, it is then said again.
"""

from datetime import timedelta
from typing import Any

import msgspec
import structlog

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.ports import Unreachable, Unwanted, WebHook
from sportello.fhir.store import resources, subscribers
from sportello.fhir.store.subscribers import Subscriber
from sportello.fhir.subscriptions.choosing import chosen, rights_of, shown
from sportello.fhir.subscriptions.headers import opened
from sportello.fhir.subscriptions.wording import EVENTS, HANDSHAKE, HEARTBEAT, Event, notification
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.kit.security.sealing import KeyMissing, sealing_of

log = structlog.get_logger("fhir.subscriptions")
PAUSES = (5, 15, 60, 300, 900, 3600, 4 * 3600)  # seconds after failures in a row; then the subscription is in error
GREETINGS = 3
TURN = timedelta(seconds=30)  # more than a post may last
_MOMENT = timedelta(seconds=1)
_encode = msgspec.json.Encoder(decimal_format="number").encode


async def wake(house: House, tx: Transaction) -> None:
    """Something may have changed that somebody wants to hear of; called in the transaction of the change."""

    async def look(tx: Transaction) -> None:
        # A key that other transactions shared would make each wait for the others' ends.
        if (number := await subscribers.noted(tx)) is not None:
            await house.jobs.enqueue(tx, "fhir.fan_out", {}, dedupe_key=f"fhir.fan_out:{number}")

    tx.before_commit("fhir.wake", look)


async def changed(house: House, tx: Transaction, kind: str, resource: str, how: str = "update") -> None:
    """A change of what another room keeps."""
    await subscribers.note(tx, kind, resource, how)
    await wake(house, tx)


async def promise(house: House, tx: Transaction, subscription: str, what: str, pause: timedelta | None = None) -> None:
    """Somebody will tell it, now or after the pause."""
    at = None if pause is None else house.clock.now() + pause
    payload = {"id": subscription, "what": what}
    await house.jobs.enqueue(tx, "fhir.tell", payload, run_at=at, dedupe_key=f"fhir.{what}:{subscription}")


@job("fhir.fan_out")
async def fan_out(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """A job for each subscriber that is behind, so that none waits for another's slow system."""
    for subscription in await subscribers.behind(tx):
        await promise(house, tx, subscription, EVENTS)


@job("fhir.tell")
async def tell(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Writes down what one subscriber is told next, and lets it be told after the commit."""
    what, now = payload["what"], house.clock.now()
    one = await subscribers.read(tx, payload["id"], lock=True)
    if one is None or one.status != ("requested" if what == HANDSHAKE else "active"):
        return
    if one.busy_until and one.busy_until > now:
        await promise(house, tx, one.id, what, one.busy_until - now)
        return
    rights = await rights_of(house, tx, one)
    if rights is None:
        await _over(house, tx, one, Unreachable(N_("whoever asked for it may not read this any more")))
        return
    events: list[Event] = []
    sending = one.sending
    if what == EVENTS:
        sending, more = await chosen(house, tx, one, rights)
        if sending is None:
            if more:  # what waits for an older transaction is looked at again a moment later
                await promise(house, tx, one.id, what, _MOMENT)
            return
        events = await shown(house, tx, one, rights, sending)
    turn = uuid7()
    await subscribers.begin(tx, one.id, turn, now + TURN, sending)
    await promise(house, tx, one.id, what, TURN)
    said = msgspec.structs.replace(one, turn=turn, sending=sending if what == EVENTS else None)
    tx.after_commit(lambda: house.tasks.start(_say(house, said, what, events), name="telling a subscriber"))


async def _say(house: House, one: Subscriber, what: str, events: list[Event]) -> None:
    shown = msgspec.structs.replace(one, why="", why_values={}, status="requested" if what == HANDSHAKE else "active")
    body = _encode(notification(house, shown, what, events))
    error: Unreachable | None = None
    try:
        lines = opened(sealing_of(house), one.headers)
        headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        await house.port(WebHook).post(one.endpoint, headers | {"content-type": "application/fhir+json"}, body)
    except Unreachable as trouble:
        error = trouble
    except KeyMissing as trouble:
        error = Unreachable(N_("the secret headers cannot be read: %(error)s"), error=str(trouble))

    async def settle(tx: Transaction) -> None:
        now = await subscribers.read(tx, one.id, lock=True)
        if now is None or now.turn != one.turn:
            return  # it was ended, changed, or told by another meanwhile
        if error is None:
            await _taken(house, tx, one, what, events)
        else:
            await _failed(house, tx, now, what, error)

    await house.db.run(settle)


async def _taken(house: House, tx: Transaction, one: Subscriber, what: str, events: list[Event]) -> None:
    await subscribers.taken(tx, one)
    if what == HANDSHAKE:
        await _show(house, tx, one.id, "active", "")
    await promise(house, tx, one.id, EVENTS)
    await house.jobs.cancel(tx, f"fhir.{HANDSHAKE}:{one.id}")
    if one.heartbeat:
        await promise(house, tx, one.id, HEARTBEAT, timedelta(seconds=one.heartbeat))
    if one.content != "empty":
        actor = Actor("machine", one.asked_by, one.asked_name)
        for patient in sorted({each.found.patient for each in events if each.found and each.found.patient}):
            detail = {"type": one.kind, "content": one.content}
            entity = f"Subscription/{one.id}"
            await audit.record(house, tx, actor, "fhir.told", patient=patient, entity=entity, detail=detail)


async def _failed(house: House, tx: Transaction, one: Subscriber, what: str, error: Unreachable) -> None:
    log.warning("a subscriber was not reached", subscription=one.id, failures=one.failures + 1, why=str(error))
    pauses = PAUSES[: GREETINGS - 1] if what == HANDSHAKE else PAUSES
    if one.failures >= len(pauses) or isinstance(error, Unwanted):
        await _over(house, tx, one, error)
        return
    await subscribers.failed(tx, one.id, error.message, error.values, over=False)
    await promise(house, tx, one.id, what, timedelta(seconds=pauses[one.failures]))


async def _over(house: House, tx: Transaction, one: Subscriber, why: Unreachable) -> None:
    """It is told nothing more before somebody asks for it again."""
    await subscribers.failed(tx, one.id, why.message, why.values, over=True)
    await _show(house, tx, one.id, "error", str(why))
    actor = Actor("machine", one.asked_by, one.asked_name)
    await audit.record(house, tx, actor, "fhir.subscription_failed", entity=f"Subscription/{one.id}")


async def _show(house: House, tx: Transaction, subscription: str, status: str, why: str) -> None:
    """In the resource, for whoever reads it."""
    if body := await resources.get(tx, "Subscription", subscription):
        body = {name: value for name, value in body.items() if name != "error"} | {"status": status}
        await resources.put(tx, body | ({"error": why} if why else {}), now=house.clock.now())
        await wake(house, tx)
