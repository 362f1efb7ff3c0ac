"""What was asked of the system that keeps the calendars and never came to its end here: a server died, an answer was
lost. A booking that nobody was told of is taken back there; a move or a cancellation that was done there is done here.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import errand
from sportello.scheduling.booking_port import Booked, Kept, NotReached, Offer, TimeTaken
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.elsewhere import asking
from sportello.scheduling.elsewhere_following import follow
from sportello.scheduling.elsewhere_sending import looked_for
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store.elsewhere import Order

# How long after the order it is tried again; then it is a person's turn.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 240, 720, 1440))
log = structlog.get_logger("scheduling")


@errand("scheduling.settle_elsewhere")
async def settle(house: House, payload: dict[str, Any]) -> None:
    """Brings one order to its end; nothing when it was kept meanwhile."""
    known, tries = UUID(payload["order"]), int(payload.get("tries", 0))
    one = await house.db.run(lambda tx: store.order(tx, known))
    if one is None or one.state not in ("sending", "lost", "made"):
        return
    if not await house.db.run(lambda tx: store.set_order(tx, known, "undoing", (one.state,))):
        return
    try:
        visit = await _there(house, one)
    except (NotReached, TimeTaken):
        await house.db.run(lambda tx: _later(house, tx, one, tries))
        return
    if one.what == "book" or visit is None:
        await house.db.run(lambda tx: _undone(tx, one))
        return
    await house.db.run(lambda tx: store.set_order(tx, known, "made", ("undoing",), visit))
    await follow(house, one)


async def _there(house: House, one: Order) -> Booked | None:
    """The visit as it is there; a booking that nobody kept is ended."""
    async with asking(house) as booking:
        visit = one.told or await looked_for(booking, one)
        if visit and one.what == "book":
            await booking.cancel(visit.id, CancelReason.OTHER)
        return visit


async def _undone(tx: Transaction, one: Order) -> None:
    await store.set_order(tx, one.id, "undone", ("undoing",))
    await store.used_up(tx, str(one.body.get("held", "")))


async def _later(house: House, tx: Transaction, one: Order, tries: int) -> None:
    if tries >= len(PAUSES):
        await store.set_order(tx, one.id, "stuck", ("undoing",))
        log.error("it is not known what the other system did", order=str(one.id))
        return
    await store.set_order(tx, one.id, "made" if one.told else "lost", ("undoing",))
    await house.jobs.enqueue(
        tx, "scheduling.settle_elsewhere", {"order": str(one.id), "tries": tries + 1},
        run_at=house.clock.now() + PAUSES[tries], dedupe_key=f"elsewhere:{one.id}",
    )  # fmt: skip


@errand("scheduling.release_elsewhere", starts=3)
async def release(house: House, payload: dict[str, Any]) -> None:
    """Gives a time back that was held there; without an answer it ends by itself."""
    now = house.clock.now()
    async with asking(house) as booking:
        await booking.release(Kept(payload["hold"], Offer("", now, now, "")))
