"""What was asked of the system that keeps the calendars and never came to its end here: a server died, an answer was
lost. A booking that nobody was told of is taken back there; a move or a cancellation that was done there is done here,
unless the visit was changed since: then what was decided last stands.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import errand
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking_port import Booked, Booking, Kept, NotReached, Offer, Ordered, TimeTaken
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.elsewhere import asking
from sportello.scheduling.elsewhere_following import follow
from sportello.scheduling.elsewhere_sending import looked_for
from sportello.scheduling.store import appointments
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store.elsewhere import Order

# How long after the order it is tried again; then it is a person's turn.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 240, 720, 1440))
_LATE = timedelta(hours=1)
_SOON = timedelta(seconds=30)
log = structlog.get_logger("scheduling")


@errand("scheduling.settle_elsewhere")
async def settle(house: House, payload: dict[str, Any]) -> None:
    """Brings one order to its end; nothing when it was kept meanwhile."""
    known, tries = UUID(payload["order"]), int(payload.get("tries", 0))
    one = await house.db.run(lambda tx: _taken_up(house, tx, known, tries))
    if one is None:
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


async def look_again(house: House, tx: Transaction) -> None:
    """Orders that are open for longer than they are tried: whatever became of their jobs, they are taken up anew."""
    for known in await store.left_open(tx, house.clock.now() - sum(PAUSES, _LATE)):
        await _again(house, tx, known, 0, _SOON)


async def _taken_up(house: House, tx: Transaction, known: UUID, tries: int) -> Order | None:
    """The order as it was when it became ours to settle; None when it is not, or not yet: that is tried again."""
    one = await store.order(tx, known)
    if one is None or one.state not in ("sending", "lost", "made", "undoing"):
        return None
    if one.what == "move" and one.together and await store.waits(tx, one):
        ours = False
    elif one.state == "undoing":
        ours = await store.take_over(tx, known)
    else:
        ours = await store.set_order(tx, known, "undoing", (one.state,))
    if not ours:
        await _again(house, tx, known, tries, _SOON)
    return one if ours else None


async def _there(house: House, one: Order) -> Booked | None:
    """The visit as it is there; a booking that nobody kept is ended.

    What was told counts while nobody tried to take it back.
    """
    async with asking(house) as booking:
        if one.told and one.state == "made":
            visit: Booked | None = one.told
        elif one.told and await _moved_back(house, booking, one, one.told):
            visit = None
        else:
            visit = await looked_for(booking, one)
        if visit and one.what == "book":
            await booking.cancel(visit.id, CancelReason.OTHER)
        elif visit and (now := await house.db.run(lambda tx: _decided_since(tx, one))):
            if one.what == "move":
                await _ended_unless_ours(booking, visit, now)
            visit = None
        return visit


async def _ended_unless_ours(booking: Booking, visit: Booked, now: Appointment) -> None:
    """Of a visit that was changed since, whatever an overtaken move has left there."""
    if now.status is AppointmentStatus.CANCELLED or now.remote != visit.id:
        await booking.cancel(visit.id, CancelReason.OTHER)


async def _decided_since(tx: Transaction, one: Order) -> Appointment | None:
    """The visit as it is here, when it was changed by a later order, or cancelled: this one is overtaken then."""
    now = await appointments.read(tx, one.appointment) if one.appointment and not one.theirs else None
    over = now is not None and (now.status is AppointmentStatus.CANCELLED or await store.overtaken(tx, one))
    return now if over else None


async def _moved_back(house: House, booking: Booking, one: Order, told: Booked) -> bool:
    """Whether it stands where it was; some make a visit anew when it is moved, so the copy is of that one then."""
    if one.appointment is None or "left" not in one.body:
        return False
    back = await booking.moved(told.id, msgspec.convert(one.body["left"], Offer), Ordered(one.patient, ""))
    if back and (now := await house.db.run(lambda tx: _decided_since(tx, one))):
        await _ended_unless_ours(booking, back, now)
    elif back:
        ours = one.appointment
        await house.db.run(lambda tx: store.set_visit(tx, ours, back.id))
    return back is not None


async def _undone(tx: Transaction, one: Order) -> None:
    await store.set_order(tx, one.id, "undone", ("undoing",))
    await store.used_up(tx, str(one.body.get("held", "")))


async def _later(house: House, tx: Transaction, one: Order, tries: int) -> None:
    if tries >= len(PAUSES):
        await store.set_order(tx, one.id, "stuck", ("undoing",))
        log.error("it is not known what the other system did", order=str(one.id))
        return
    await store.set_order(tx, one.id, "made" if one.told and one.state == "made" else "lost", ("undoing",))
    await _again(house, tx, one.id, tries + 1, PAUSES[tries])


async def _again(house: House, tx: Transaction, known: UUID, tries: int, pause: timedelta) -> None:
    await house.jobs.enqueue(
        tx, "scheduling.settle_elsewhere", {"order": str(known), "tries": tries},
        run_at=house.clock.now() + pause, dedupe_key=f"elsewhere:{known}",
    )  # fmt: skip


@errand("scheduling.release_elsewhere", starts=3)
async def release(house: House, payload: dict[str, Any]) -> None:
    """Gives a time back that was held there; without an answer it ends by itself."""
    now = house.clock.now()
    async with asking(house) as booking:
        await booking.release(Kept(payload["hold"], Offer("", now, now, "")))
