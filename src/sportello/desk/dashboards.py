"""Dashboards of figures that exist: the agent's day, the centre as it stands. Each is a row of cards in an order that a
person may change for themselves.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.conversations import store as talks
from sportello.conversations.states import STATE_NAMES, State
from sportello.conversations.store.work import closed_since
from sportello.desk import composing, offers, store
from sportello.desk.board import Figure
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import colleagues, reading
from sportello.routing.rules import PRESENCE_NAMES, Presence

Compose = Callable[[House, Transaction, Actor], Awaitable[dict[str, Any]]]


class Dashboard(Struct, frozen=True):
    """A dashboard: its title, who may open it, its cards in their usual order."""

    title: str
    permission: str
    cards: tuple[str, ...]


class Card(Struct, frozen=True):
    """A card as it is shown; `kind` picks its template's part."""

    key: str
    title: str
    kind: str
    shown: dict[str, Any]


class Colleague(Struct, frozen=True):
    """Somebody at work."""

    name: str
    presence: str
    dot: str
    since: datetime
    load: int
    places: int


async def _mine(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    found = await talks.of_agent(tx, UUID(actor.id))
    return {"mine": [composing.item_of(one, actor.language) for one in found], "levels": await store.wait_levels(tx)}


async def _queue(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    glance = await composing.work(house, tx, actor)
    return {key: glance[key] for key in ("queue", "waiting", "levels")}


async def _today(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    found = await talks.of_agent(tx, UUID(actor.id))
    waits = [one.waiting_since for one in found if one.waiting_since]
    return {
        "figures": _figures(
            actor,
            (N_("With me now"), len(found)),
            (N_("Wait for my answer"), len(waits)),
            (N_("Unread messages"), sum(one.unread for one in found)),
            (N_("Longest wait"), min(waits, default=None)),
            (N_("Closed today"), await closed_since(tx, UUID(actor.id), _midnight(house))),
        )
    }


async def _states(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    counts = await talks.count_by_state(tx)
    names = [(STATE_NAMES[one], one) for one in (State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE)]
    first = await talks.queued(tx, 1)
    return {
        "figures": _figures(
            actor,
            *((name, counts.get(state, 0)) for name, state in names),
            (N_("Longest wait"), min((one.queued_at for one in first if one.queued_at), default=None)),
            (N_("Closed today"), await closed_since(tx, None, _midnight(house))),
        )
    }


async def _queues(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    return {"queues": await colleagues.queue_states(house, tx, actor.language)}


async def _people(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    names = {row["id"]: str(row["name"]) for row in await administration.all_staff(tx) if row["active"]}
    loads = await reading.loads(house, tx)
    order = list(PRESENCE_NAMES)
    people = [
        Colleague(
            names[one.staff], translate(actor.language, PRESENCE_NAMES[one.presence]), offers.DOTS[one.presence],
            one.since, *loads[one.staff],
        )
        for one in sorted(await reading.agents(tx), key=lambda one: order.index(one.presence))
        if one.staff in names and one.presence is not Presence.OFFLINE
    ]  # fmt: skip
    return {"people": people}


CARDS: dict[str, tuple[str, str, Compose]] = {
    "today": (N_("My day in figures"), "figures", _today),
    "mine": (N_("My work"), "mine", _mine),
    "queue": (N_("Waiting in the queue"), "queue", _queue),
    "states": (N_("Conversations now"), "figures", _states),
    "queues": (N_("Queues"), "queues", _queues),
    "people": (N_("Who is at work"), "people", _people),
}
DASHBOARDS = {
    "home": Dashboard(N_("My day"), "", ("today", "mine", "queue")),
    "centre": Dashboard(N_("The centre now"), "board.watch", ("states", "queues", "people", "queue")),
}


def _figures(actor: Actor, *figures: tuple[str, int | datetime | None]) -> list[Figure]:
    return [
        Figure(translate(actor.language, label), None, value)
        if isinstance(value, datetime)
        else Figure(translate(actor.language, label), value or 0)
        for label, value in figures
    ]


def _midnight(house: House) -> datetime:
    zone = house.settings.clinic.tz
    return datetime.combine(house.clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)


def open_to(actor: Actor) -> list[tuple[str, str]]:
    """The dashboards somebody may open: key and title."""
    return [
        (key, translate(actor.language, one.title))
        for key, one in DASHBOARDS.items()
        if not one.permission or actor.may(one.permission)
    ]


async def cards(house: House, tx: Transaction, actor: Actor, key: str) -> Sequence[Card]:
    """The cards of a dashboard in the person's order."""
    found = []
    for name in await order(tx, actor, key):
        title, kind, compose = CARDS[name]
        found.append(Card(name, translate(actor.language, title), kind, await compose(house, tx, actor)))
    return found


async def order(tx: Transaction, actor: Actor, key: str) -> list[str]:
    """The person's order; a card they never placed stands where it usually does, behind."""
    usual = DASHBOARDS[key].cards
    kept = await store.personal(tx, UUID(actor.id), f"dashboard:{key}")
    placed = [one for one in kept if one in usual] if isinstance(kept, list) else []
    return list(dict.fromkeys([*placed, *usual]))


async def move(house: House, tx: Transaction, actor: Actor, key: str, card: str, by: int) -> None:
    """Moves a card by a place for this person; at an end it stays."""
    names = await order(tx, actor, key)
    if card not in names:
        return
    place = names.index(card)
    target = max(0, min(len(names) - 1, place + by))
    names.insert(target, names.pop(place))
    await store.keep_personal(tx, UUID(actor.id), f"dashboard:{key}", names, house.clock.now())
