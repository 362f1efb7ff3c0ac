"""What routing's tests do again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations import store
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.routing import planning
from sportello.routing.plan.parts import FIRST_PLAN, Plan
from sportello.routing.presence import set_presence
from sportello.routing.rules import Presence
from sportello.routing.store import offers
from sportello.routing.store.offers import Offer


async def present(house: House, *who: Actor, presence: Presence = Presence.AVAILABLE) -> None:
    """Everybody named chooses a presence, in this order."""
    for one in who:
        await house.db.run(lambda tx, one=one: set_presence(house, tx, one, presence))  # type: ignore[misc]


async def current(house: House, talk: UUID) -> Conversation:
    found = await store.get(house.db, talk)
    assert found is not None
    return found


async def ringing(house: House, talk: UUID) -> Offer | None:
    return await offers.open_offer(house.db, talk)


async def until(what: Callable[[], Awaitable[Any]], seconds: float = 5.0) -> Any:
    """What `what` answers as soon as it is true."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        if answer := await what():
            return answer
        assert asyncio.get_running_loop().time() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def rings_at(house: House, talk: UUID, who: Actor, seconds: float = 5.0) -> Offer:
    """The open offer of a conversation as soon as it rings at somebody's desk."""

    async def look() -> Offer | None:
        found = await ringing(house, talk)
        return found if found and str(found.agent) == who.id else None

    found: Offer = await until(look, seconds)
    return found


async def told(house: House, who: Actor) -> list[str]:
    """The kinds of events on somebody's desk."""
    return [event.kind for event in await house.streams.since(f"desk:{who.id}", 0)]


async def published(house: House, **changes: Any) -> Plan:
    """Puts the first plan in force, changed; changes of the workstream's own parts are meant for the only one."""
    stream = {name: changes.pop(name) for name in list(changes) if name in ("timers", "notice", "bot_first", "mode")}
    only = replace(FIRST_PLAN.workstreams[0], **stream)
    plan = replace(FIRST_PLAN, workstreams=(only,), **changes)
    number = await house.db.fetchval("select coalesce(max(number), 0) from routing.plan")
    await house.db.run(lambda tx: planning.publish(house, tx, SYSTEM, plan, based_on=number, note="prova"))
    return plan
