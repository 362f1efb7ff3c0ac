"""Several visits at once where another system keeps the calendars: all of them, or none as far as it lets itself be
taken back.

Within `together` nothing is sent until all of the house's own work has gone well. Then one after the other is; when one
is refused, what this work had done there is taken back, and what cannot be is told; a series of which some are moved or
cancelled and others not, also because a server died, becomes a conflict (`elsewhere_series`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import elsewhere_series as series
from sportello.scheduling.booking_port import Booked, Booking, Kept, NotReached, TimeTaken
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.elsewhere_sending import SETTLED_AFTER, Act, Done, Outcome, outcome, send
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store import elsewhere_series as series_store
from sportello.scheduling.store.elsewhere import Order

EACH = timedelta(seconds=30)  # what one more order may take
Back = Callable[[Booking, str], Awaitable[Booked]]  # by the id that the visit has there by then
Hold = Callable[[Booking], Awaitable[Kept | None]]
log = structlog.get_logger("scheduling")


class NotTogether(SlotTaken):
    """One of several was refused there, so none of them was done."""

    def __init__(self) -> None:
        super().__init__(None)


class TakenBackLater(NotReached):
    """Some were made there and could not be taken back at once."""

    said = N_(
        "Not all of these visits could be booked in the other system, so none is booked. Those that it had booked"
        " already are taken back there as soon as it answers."
    )


class Partly(NotReached):
    """Some visits were moved there and could not be moved back, the others stand where they were."""

    said = N_(
        "The other system moved only some of these visits, and could not move them back. The patient's appointments"
        " show what stands now: look at them first."
    )

    def __init__(self, moved: Sequence[tuple[datetime, datetime]], stayed: Sequence[datetime]) -> None:
        super().__init__("moved in part")
        self.moved, self.stayed = moved, stayed


class Asked(Struct, frozen=True):
    """An order that waits for the others: `back` undoes a move there; `standing`, of a visit that is there already, is
    which one it is, when it stands now and when it is to stand."""

    mark: Any
    order: Order
    act: Act
    back: Back | None = None
    standing: series.Visit | None = None

    @property
    def was(self) -> datetime | None:
        """When the visit stood before it was to move."""
        return self.standing[1] if self.standing and self.order.what == "move" else None


class Gathered(Struct):
    """What is asked of the other system once all own work has gone well."""

    orders: list[Asked]
    holds: list[tuple[Any, Hold]]


_gathering: ContextVar[Gathered | None] = ContextVar("gathering", default=None)
_KEY, _SERIES = "together elsewhere", "series"


def gathering() -> Gathered | None:
    """Where an order is to be added rather than sent; None outside of `together`."""
    return _gathering.get()


def brought(tx: Transaction, mark: Any) -> Any:
    """What came of an order or a hold, alone or together with others; None when it was not asked yet."""
    if tx.brought is None or mark in tx.brought:
        return tx.brought[mark] if tx.brought else None
    together = [told for key, told in tx.brought.items() if isinstance(key, tuple) and key[0] == _KEY]
    return next((told[mark] for told in together if mark in told), None)


@asynccontextmanager
async def together(house: House, tx: Transaction) -> AsyncIterator[None]:
    """What is ordered and held within is sent at its end; the work then begins anew, with all of the answers."""
    found = Gathered([], [])
    before = _gathering.set(found)
    try:
        yield
    finally:
        _gathering.reset(before)
    if found.orders or found.holds:
        marks = (*(one.mark for one in found.orders), *(mark for mark, _ in found.holds))
        raise Errand((_KEY, marks), lambda: _all(house, found))
    for told in [told for key, told in (tx.brought or {}).items() if isinstance(key, tuple) and key[0] == _KEY]:
        if _SERIES in told and all(isinstance(one, Done) for mark, one in told.items() if mark != _SERIES):
            await series_store.over(tx, told[_SERIES])


async def _all(house: House, found: Gathered) -> dict[Any, Any]:
    if not found.orders:
        return await _held(house, found.holds)
    ending = all(one.order.what == "cancel" for one in found.orders)
    orders = found.orders if ending else sorted(found.orders, key=lambda one: one.order.what == "cancel")
    known = await _written_down(house, orders, "cancel" if ending else "move")
    orders = [replace(one, order=replace(one.order, together=known)) for one in orders]
    told: dict[Any, Any] = await (_ended if ending else _made)(house, orders)
    return told | ({_SERIES: known} if known else {})


async def _written_down(house: House, orders: Sequence[Asked], what: str) -> UUID | None:
    """The change of a series, so that it is known as one whatever happens; None where no visit stands there yet."""
    visits = [one.standing for one in orders if one.standing]
    if len(visits) < 2:
        return None
    within = SETTLED_AFTER + EACH * (len(orders) + 1)
    return await series.begin(house, what, orders[0].order.patient, visits, within)


async def _held(house: House, holds: Sequence[tuple[Any, Hold]]) -> dict[Any, Any]:
    """A time for each of them, or for none: what was held before one was refused is given back."""
    told: dict[Any, Any] = {}
    for mark, act in holds:
        answer = await outcome(house, act)
        if isinstance(answer, TimeTaken | NotReached):
            for kept in [one for one in told.values() if isinstance(one[0], Kept)]:
                await outcome(house, lambda it, kept=kept: it.release(kept[0]))  # type: ignore[misc]  # ends by itself
            return {one: (answer,) for one, _ in holds}
        told[mark] = (answer,)
    return told


async def _ended(house: House, orders: Sequence[Asked]) -> dict[Any, Outcome]:
    """Each on its own, for what is cancelled stays so; none when the first one fails."""
    told: dict[Any, Outcome] = {}
    for number, one in enumerate(orders):
        told[one.mark] = await _send(house, one, len(orders) - number)
        if number == 0 and not isinstance(told[one.mark], Done):
            return {each.mark: told[one.mark] for each in orders}
    return told


async def _made(house: House, orders: Sequence[Asked]) -> dict[Any, Outcome | NotTogether]:
    """All, or none of them."""
    done: list[tuple[Asked, Done]] = []
    for number, one in enumerate(orders):
        answer = await _send(house, one, len(orders) - number)
        if isinstance(answer, Done):
            done.append((one, answer))
            continue
        ours = [(each, made) for each, made in done if made.order == each.order.id]
        kept = [pair for pair in reversed(ours) if not await _taken_back(house, *pair)]
        refusal: Outcome | NotTogether = answer
        if kept:
            refusal = await _stands(house, orders, kept)
        elif number and isinstance(answer, TimeTaken):
            refusal = NotTogether()
        if (known := one.order.together) and not kept and isinstance(answer, TimeTaken):
            await house.db.run(lambda tx, it=known: series_store.over(tx, it))  # type: ignore[misc]
        return {each.mark: refusal for each in orders}
    return {one.mark: answer for one, answer in done}


async def _send(house: House, one: Asked, left: int) -> Outcome:
    fresh = replace(one.order, at=house.clock.now())
    return await send(house, fresh, one.act, since=one.order.at, later=EACH * left)


async def _taken_back(house: House, one: Asked, made: Done) -> bool:
    """Whether it is as it was there; what another click has kept meanwhile stays."""
    if not await house.db.run(lambda tx: store.set_order(tx, made.order, "undoing", ("made",))):
        return True
    undo = _undoing(one, made)
    told = await outcome(house, undo) if undo else TimeTaken("it cannot be undone")
    back = isinstance(told, Booked)
    # Without an answer it may be back: then it is looked for, and nothing is concluded from what was told before.
    state = "undone" if back else "lost" if isinstance(told, NotReached) else "made"

    async def work(tx: Transaction) -> None:
        await store.set_order(tx, made.order, state, ("undoing",))
        if isinstance(told, Booked) and one.order.what == "move" and one.order.appointment:
            await store.set_visit(tx, one.order.appointment, told.id)  # some make a visit anew when it is moved
        await store.used_up(tx, str(one.order.body.get("held", "")))

    await house.db.run(work)
    return back


def _undoing(one: Asked, made: Done) -> Act | None:
    back, visit = one.back, made.visit.id
    if one.order.what == "move":
        return (lambda it: back(it, visit)) if back else None
    return (lambda it: it.cancel(visit, CancelReason.OTHER)) if one.order.what == "book" else None


async def _stands(house: House, orders: Sequence[Asked], kept: Sequence[tuple[Asked, Done]]) -> NotReached:
    """What could not be taken back is settled at once: what is moved there is moved here, a booking is tried again."""
    log.error("what was done in the other system could not be taken back", orders=[str(made.order) for _, made in kept])

    async def work(tx: Transaction) -> None:
        for _, made in kept:
            await house.jobs.enqueue(
                tx, "scheduling.settle_elsewhere", {"order": str(made.order)}, dedupe_key=f"elsewhere:{made.order}"
            )
        if known := orders[0].order.together:
            await series.look_at(house, tx, known, house.clock.now() + SETTLED_AFTER)

    await house.db.run(work)
    moved = {one.order.id: (one.was, made.visit.starts) for one, made in kept if one.was}
    if not moved:
        return TakenBackLater("not taken back yet")
    stayed = [one.was for one in orders if one.was and one.order.id not in moved]
    return Partly(sorted(moved.values()), sorted(stayed))
