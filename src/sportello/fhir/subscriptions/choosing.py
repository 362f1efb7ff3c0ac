"""Which changes a subscriber is told of next: never more than who asked for it may read at that moment."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from sportello.administration import machines
from sportello.fhir.door.asking import asked, followed
from sportello.fhir.door.scopes import Rights, narrowed, rights
from sportello.fhir.extraction import type_token
from sportello.fhir.labels import sensitive_tokens
from sportello.fhir.plugging import plugs_of
from sportello.fhir.store import clients, finding, subscribers
from sportello.fhir.store.finding import Found, Limits
from sportello.fhir.store.subscribers import Changed, Subscriber
from sportello.fhir.subscriptions.wording import Event
from sportello.kit.database import Transaction
from sportello.kit.house import House

AT_ONCE = 50


async def rights_of(house: House, tx: Transaction, one: Subscriber) -> Rights | None:
    """What the system may read now, or None: its registration or token ended, or reads this type no more."""
    asker = UUID(one.asked_by)
    if client := await clients.read(tx, asker):
        found = rights(narrowed(one.scopes, client.scopes))
    elif await machines.stands(house, tx, "fhir", asker):
        found = rights(one.scopes)
    else:
        return None
    through = followed(asked(one.kind, parse_qsl(one.filter, keep_blank_values=True)))
    return found if found.may(one.kind, "r") and all(found.may(kind, "s") for kind in through) else None


async def chosen(house: House, tx: Transaction, one: Subscriber, may: Rights) -> tuple[dict[str, Any] | None, bool]:
    """What to send (as kept in `sending`), or None and whether more will come; what was begun is sent first."""
    if one.sending:
        return one.sending, True
    listed, more = await subscribers.changes(tx, one, min(AT_ONCE, one.most))
    if not listed:
        return None, more
    upto = [listed[-1].xid, listed[-1].seq]
    events = await _wanted(house, tx, one, may, listed)
    if not events:
        await subscribers.pass_over(tx, one.id, *upto)
        return None, more
    return {"upto": upto, "events": events}, more


async def shown(house: House, tx: Transaction, one: Subscriber, may: Rights, sending: dict[str, Any]) -> list[Event]:
    """The chosen events with their resources as they stand now."""
    found = await _found(house, tx, one, may, [name for name, _ in sending["events"]], "")
    return [Event(name, how, found.get(name)) for name, how in sending["events"]]


async def _wanted(
    house: House, tx: Transaction, one: Subscriber, may: Rights, listed: list[Changed]
) -> list[tuple[str, str]]:
    """Ids and what happened: several changes of one resource as its last; those that the filter lets through."""
    last: dict[str, Changed] = {}
    fresh = set()
    for each in listed:
        last.pop(each.id, None)
        last[each.id] = each
        if each.how == "create":
            fresh.add(each.id)
    found = await _found(house, tx, one, may, list(last), one.filter)
    hidden = await _hidden(house, tx, may)
    told = []
    for each in last.values():
        if each.id in found:
            told.append((each.id, "create" if each.id in fresh else "update"))
        elif each.how == "delete" and not one.filter and not set(hidden) & {*each.tokens, type_token(one.kind)}:
            told.append((each.id, "delete"))  # of what is gone nothing can be filtered, nor shown
    return told


async def _found(
    house: House, tx: Transaction, one: Subscriber, may: Rights, names: list[str], only: str
) -> dict[str, Found]:
    limits = Limits(await _hidden(house, tx, may), plugs=plugs_of(house))
    query = [*parse_qsl(only, keep_blank_values=True), ("_id", ",".join(names))]
    return {each.id: each for each in await finding.find(tx, asked(one.kind, query), limits, limit=AT_ONCE)}


async def _hidden(house: House, tx: Transaction, may: Rights) -> Sequence[str]:
    return () if may.sensitive else await sensitive_tokens(house, tx)
