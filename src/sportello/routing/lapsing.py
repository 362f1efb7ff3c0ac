"""Offers whose time runs out: the next agent is asked, and whoever did not answer is set Away until they return."""

from typing import Any
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.routing.accepting import held
from sportello.routing.assigning import look_soon
from sportello.routing.offering import promise_end, settle
from sportello.routing.presence import missed
from sportello.routing.refusals import OfferOver
from sportello.routing.store import offers, presences


@job("routing.lapse")
async def lapse(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Ends an offer whose time has come, unless it was answered meanwhile."""
    try:
        found = await held(tx, UUID(payload["offer"]))
    except OfferOver:
        return
    if found.outcome is not None:
        return
    if found.expires_at > house.clock.now():  # a worker whose clock is ahead
        await promise_end(house, tx, found)
        return
    await settle(house, tx, found, "lapsed")
    await move(house, tx, found.conversation, State.QUEUED, expected=State.OFFERED, by=SYSTEM, reason="lapsed")
    await presences.served(tx, found.agent, house.clock.now())
    await missed(house, tx, found.agent)
    look_soon(house, tx)


async def sweep(house: House) -> int:
    """Promises anew the end of offers that are overdue; how many. Their own jobs may have died."""
    overdue = await offers.overdue(house.db, house.clock.now())
    for found in overdue:
        await house.db.run(lambda tx, one=found: promise_end(house, tx, one))  # type: ignore[misc]
    return len(overdue)
