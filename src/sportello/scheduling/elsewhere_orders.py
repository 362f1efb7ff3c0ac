"""What is asked of the system that keeps the calendars: written down, sent with no transaction open, then kept here.

The domain's functions call these last, when everything of their own has gone well: the transaction ends without keeping
anything, the other system is asked, and the work begins anew with its answer. Two clicks ask for one thing. What was
done there and could not be kept here is settled by a job (`elsewhere_settling`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking_port import (
    Booked,
    Booking,
    Calendars,
    Kept,
    NotReached,
    Offer,
    Ordered,
    TimeTaken,
)
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.elsewhere import asking
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.store.claims import Hold
from sportello.scheduling.store.elsewhere import Order
from sportello.scheduling.store.slots import Slot

SETTLED_AFTER = timedelta(minutes=1)
SOON = timedelta(minutes=3)  # whoever renews asks more often than that
_PATIENCE = timedelta(seconds=30)  # after which whoever was sending has died
_LOOKS, _PAUSE = 250, 0.1
Act = Callable[[Booking], Awaitable[Booked]]


class Done(Struct, frozen=True):
    """The order, and the visit as the other system made it."""

    order: UUID
    visit: Booked


async def keep(house: House, tx: Transaction, kept: Hold, slot: Slot, service: str, patient: str) -> datetime:
    """Holds the time there too, where that can be; until when it stands at the most."""
    if not patient or tx.brought is None:
        return kept.expires_at
    offer = await offer_of(tx, slot, service)
    brought = await _asked(tx, ("hold elsewhere", kept.owner, slot.id), house, lambda it: it.hold(offer, _for(patient)))
    return await _held(tx, kept, brought, patient)


async def renew(house: House, tx: Transaction, kept: Hold, slot: Slot, service: str, until: datetime) -> datetime:
    """The same when a hold is renewed: it is renewed there when it would end soon; unreached, it stands as it did."""
    if kept.remote_until is None or kept.remote_until >= until or tx.brought is None:
        return until
    if kept.remote_until - house.clock.now() > SOON:
        return kept.remote_until
    known = Kept(kept.remote, await offer_of(tx, slot, service), kept.remote_until)
    mark = ("renew elsewhere", kept.owner, kept.remote)
    brought = await _asked(tx, mark, house, lambda it: it.renew(known, _for(kept.remote_for)))
    if isinstance(brought, NotReached):
        return kept.remote_until
    return min(until, await _held(tx, msgspec.structs.replace(kept, expires_at=until), brought, kept.remote_for))


async def _asked(tx: Transaction, mark: Any, house: House, act: Callable[[Booking], Awaitable[Kept | None]]) -> Any:
    assert tx.brought is not None
    if mark not in tx.brought:
        raise Errand(mark, lambda: _outcome(house, act))
    return tx.brought[mark]


async def _outcome(house: House, act: Callable[[Booking], Awaitable[Any]]) -> Any:
    """What came of it; refusals are answers too, for the work decides what follows."""
    try:
        async with asking(house) as booking:
            return await act(booking)
    except (TimeTaken, NotReached) as refusal:
        return refusal


async def _held(tx: Transaction, kept: Hold, brought: Any, patient: str) -> datetime:
    if isinstance(brought, TimeTaken):
        raise SlotTaken(None)
    if isinstance(brought, NotReached):
        raise brought
    if brought is None:
        return kept.expires_at
    await store.keep_hold(tx, kept.owner, brought.id, brought.until, patient)
    return min(kept.expires_at, brought.until) if brought.until else kept.expires_at


async def book(house: House, tx: Transaction, made: Appointment, slot: Slot, kept: Hold | None) -> None:
    """The visit is made there; SlotTaken and NotReached otherwise."""
    offer = await offer_of(tx, slot, made.service or "")
    order = _order(made)
    held = Kept(kept.remote, offer, kept.remote_until) if kept and kept.remote and kept.slot == slot.id else None
    key, body = f"book:{made.patient}:{slot.remote}", {"offer": msgspec.to_builtins(offer)}
    there = await _done(house, tx, "book", key, made, body, lambda it: it.confirm(offer, order, held))
    await _kept(house, tx, made.id, there)


async def move(house: House, tx: Transaction, one: Appointment, slot: Slot, kept: Hold | None) -> None:
    """The visit is moved there, made there when it was only here, or ended there when it comes to be only here."""
    if not slot.remote:
        await cancel(house, tx, one, CancelReason.OTHER, "")
        await store.set_visit(tx, one.id, "")
        return
    if not one.remote:
        await book(house, tx, one, slot, kept)
        return
    offer, order = await offer_of(tx, slot, one.service or ""), _order(one)
    if kept and kept.remote:  # a move has no way to use a hold up: it is given back, and taken in the same breath
        held: Kept | None = Kept(kept.remote, offer, kept.remote_until)
    else:
        held = None

    async def act(it: Booking) -> Booked:
        if held:
            await it.release(held)
        return await it.move(one.remote, offer, order)

    body = {"offer": msgspec.to_builtins(offer), "visit": one.remote, "slot": slot.id}
    there = await _done(house, tx, "move", f"move:{one.id}:{slot.remote}", one, body, act)
    await _kept(house, tx, one.id, there)


async def cancel(house: House, tx: Transaction, one: Appointment, reason: CancelReason, note: str) -> bool | None:
    """The visit is ended there; whether its time was given back, None when that cannot be known."""
    known: Calendars | None = house.ports.get(Calendars)
    if known is None or not await known.wired(house, tx):
        return None
    body = {"visit": one.remote, "reason": reason.value}
    act: Act = lambda it: it.cancel(one.remote, reason, note)  # noqa: E731
    return (await _done(house, tx, "cancel", f"cancel:{one.id}", one, body, act)).slot_free


async def _kept(house: House, tx: Transaction, appointment: UUID, there: Booked) -> None:
    """From now on the copy is of this visit there."""
    await store.set_visit(tx, appointment, there.id)
    await visits.see(tx, appointment, house.clock.now(), there.words)


async def offer_of(tx: Transaction, slot: Slot, service: str) -> Offer:
    """A copy as the other system offered it."""
    return Offer(
        slot.remote, slot.starts, slot.ends, service, slot.practitioner, slot.practitioner_name, slot.location,
        slot.location_name, await store.version_of(tx, slot.id),
    )  # fmt: skip


def _order(one: Appointment) -> Ordered:
    return Ordered(one.patient, one.reason, one.details, one.channel or Channel.IN_PERSON)


def _for(patient: str) -> Ordered:
    return Ordered(patient, "")


async def _done(
    house: House, tx: Transaction, what: str, key: str, one: Appointment, body: dict[str, Any], act: Act
) -> Booked:
    """The answer, once the errand has brought it; the order is kept with this transaction."""
    if tx.brought is None:
        raise NotReached("work that cannot begin anew")
    mark = ("order elsewhere", key)
    if mark not in tx.brought:
        known = one.id if what != "book" else None
        order = Order(uuid7(), what, key, "sending", one.patient, known, body, None, house.clock.now())
        raise Errand(mark, lambda: _send(house, order, act))
    brought = tx.brought[mark]
    if isinstance(brought, TimeTaken):
        raise SlotTaken(None)
    if isinstance(brought, NotReached):
        raise brought
    if not await store.set_order(tx, brought.order, "kept", ("made",), at=house.clock.now()):
        raise NotReached("it was taken back meanwhile")
    visit: Booked = brought.visit
    return visit


async def _send(house: House, one: Order, act: Act) -> Done | TimeTaken | NotReached:
    """Asks, or waits for whoever asks the same; looks first where an answer was lost before."""

    async def begin(tx: Transaction) -> Order | None:
        """This one when it is ours to ask; else the same as another click asked it, None when it has just ended."""
        if not await store.begin(tx, one):
            return await store.open_order(tx, one.key)
        if twin := await store.kept_since(tx, one.key, one.at):  # also one that began to be kept before, and is now
            await store.drop_order(tx, one.id)
            return twin
        await house.jobs.enqueue(
            tx, "scheduling.settle_elsewhere", {"order": str(one.id)}, run_at=one.at + SETTLED_AFTER,
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


async def _ask(house: House, one: Order, act: Act, *, look: bool = False) -> Done | TimeTaken | NotReached:
    async def asked(booking: Booking) -> Booked:
        return (await looked_for(booking, one) if look else None) or await act(booking)

    outcome = await _outcome(house, asked)
    state = "refused" if isinstance(outcome, TimeTaken) else "lost" if isinstance(outcome, NotReached) else "made"
    told = outcome if isinstance(outcome, Booked) else None
    stood = await house.db.run(lambda tx: store.set_order(tx, one.id, state, ("sending",), told))
    if told is None:
        refusal: TimeTaken | NotReached = outcome
        return refusal
    return Done(one.id, told) if stood else NotReached("it was taken back meanwhile")


async def looked_for(booking: Booking, one: Order) -> Booked | None:
    """What was asked for, when it was done there although no answer came."""
    if one.what == "cancel":
        visit = await booking.read(one.body["visit"])
        return visit if visit.status == "cancelled" else None
    return await booking.standing(msgspec.convert(one.body["offer"], Offer), _for(one.patient))
