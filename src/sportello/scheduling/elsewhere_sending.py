"""How an order reaches the system that keeps the calendars: written down, sent once with no transaction open, looked
for where its answer was lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.booking_port import Booked, Booking, NotReached, Offer, Ordered, PatientNotFound, TimeTaken
from sportello.scheduling.elsewhere import asking
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store.elsewhere import Order

SETTLED_AFTER = timedelta(minutes=1)
_PATIENCE = timedelta(seconds=30)  # after which whoever was sending has died
_LOOKS, _PAUSE = 250, 0.1
Act = Callable[[Booking], Awaitable[Booked]]


class Done(Struct, frozen=True):
    """The order, and the visit as the other system made it."""

    order: UUID
    visit: Booked


Outcome = Done | TimeTaken | NotReached


async def outcome(house: House, act: Callable[[Booking], Awaitable[Any]]) -> Any:
    """What came of it; refusals are answers too, for the work decides what follows."""
    try:
        async with asking(house) as booking:
            return await act(booking)
    except (TimeTaken, NotReached) as refusal:
        return refusal


async def send(
    house: House, one: Order, act: Act, *, since: datetime | None = None, later: timedelta = timedelta()
) -> Outcome:
    """Asks, or waits for whoever asks the same; looks first where an answer was lost before.

    `since`: from when on the same, asked and kept by another click, is the answer. `later`: how much longer than a
    minute its work takes, before it is settled by the job.
    """

    async def begin(tx: Transaction) -> Order | None:
        """This one when it is ours to ask; else the same as another click asked it, None when it has just ended."""
        if not await store.begin(tx, one):
            return await store.open_order(tx, one.key)
        if twin := await store.kept_since(tx, one.key, since or one.at):
            # It was being kept when we looked, and is now.
            await store.drop_order(tx, one.id)
            return twin
        await house.jobs.enqueue(
            tx, "scheduling.settle_elsewhere", {"order": str(one.id)}, run_at=one.at + SETTLED_AFTER + later,
            dedupe_key=f"elsewhere:{one.id}",
        )  # fmt: skip
        return one

    waited: UUID | None = None
    for _ in range(_LOOKS):
        over = await house.db.run(lambda tx, it=waited: store.order(tx, it)) if waited else None  # type: ignore[misc]
        if over and over.state == "refused":
            return TimeTaken("taken a moment ago")
        known = await house.db.run(begin)
        if known is None:
            continue
        if known.id == one.id:
            return await _ask(house, one, act)
        if known.state == "kept" and known.told:
            return Done(known.id, known.told)
        waited = known.id
        if known.state == "made" and known.told:
            return Done(known.id, known.told)
        if known.state == "sending" and house.clock.now() - known.at >= _PATIENCE:
            await house.db.run(lambda tx, it=waited: store.set_order(tx, it, "lost", ("sending",)))  # type: ignore[misc]
        elif known.state == "lost" and await house.db.run(
            lambda tx, it=waited: store.set_order(tx, it, "sending", ("lost",))  # type: ignore[misc]
        ):
            return await _ask(house, known, act, look=True)
        else:
            await asyncio.sleep(_PAUSE)
    return NotReached("somebody asks for the same")


async def _ask(house: House, one: Order, act: Act, *, look: bool = False) -> Outcome:
    async def asked(booking: Booking) -> Booked:
        return (await looked_for(booking, one) if look else None) or await act(booking)

    told = await outcome(house, asked)
    state = (
        "refused"
        if isinstance(told, TimeTaken | PatientNotFound)
        else "lost"
        if isinstance(told, NotReached)
        else "made"
    )
    made = told if isinstance(told, Booked) else None

    async def work(tx: Transaction) -> bool:
        if isinstance(told, TimeTaken) and one.what != "cancel":
            await store.taken_there(tx, msgspec.convert(one.body["offer"], Offer))
        return await store.set_order(tx, one.id, state, ("sending",), made)

    stood = await house.db.run(work)
    if made is None:
        refusal: TimeTaken | NotReached = told
        return refusal
    return Done(one.id, made) if stood else NotReached("it was taken back meanwhile")


async def looked_for(booking: Booking, one: Order) -> Booked | None:
    """What was asked for, when it was done there although no answer came."""
    if one.what == "cancel":
        visit = await booking.read(one.body["visit"])
        return visit if visit.status == "cancelled" else None
    offer, order = msgspec.convert(one.body["offer"], Offer), Ordered(one.patient, "")
    if one.what == "move":
        return await booking.moved(one.body["visit"], offer, order)
    return await booking.standing(offer, order)
