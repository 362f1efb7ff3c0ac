"""What is asked of the system that keeps the calendars: written down, sent with no transaction open, then kept here.

The domain's functions call these last, when everything of their own has gone well: the transaction ends without keeping
anything, the other system is asked, and the work begins anew with its answer. Two clicks ask for one thing. What was
done there and could not be kept here is settled by a job (`elsewhere_settling`).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

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
from sportello.scheduling.elsewhere_sending import Act, outcome, send
from sportello.scheduling.elsewhere_together import Asked, Back, NotTogether, brought, gathering
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.store.claims import Hold
from sportello.scheduling.store.elsewhere import Order
from sportello.scheduling.store.slots import Slot

SOON = timedelta(minutes=3)  # whoever renews asks more often than that


async def keep(house: House, tx: Transaction, kept: Hold, slot: Slot, service: str, patient: str) -> datetime:
    """Holds the time there too, where that can be; until when it stands at the most."""
    if not patient or tx.brought is None:
        return kept.expires_at
    offer = await offer_of(tx, slot, service)

    async def act(it: Booking) -> Kept | None:
        try:
            return await it.hold(offer, _for(patient))
        except TimeTaken:
            await house.db.run(lambda tx: store.ask_again(tx, service))
            raise

    # By patient and time, not by owner: an offer, or another system's hold, has a new name when the work begins anew.
    told = await _asked(tx, ("hold elsewhere", patient, slot.id), house, act)
    return await _held(tx, kept, told, patient)


async def renew(house: House, tx: Transaction, kept: Hold, slot: Slot, service: str, until: datetime) -> datetime:
    """The same when a hold is renewed: it is renewed there when it would end soon; unreached, it stands as it did."""
    if kept.remote_until is None or kept.remote_until >= until or tx.brought is None:
        return until
    if kept.remote_until - house.clock.now() > SOON:
        return kept.remote_until
    known = Kept(kept.remote, await offer_of(tx, slot, service), kept.remote_until)
    mark = ("renew elsewhere", kept.owner, kept.remote)
    told = await _asked(tx, mark, house, lambda it: it.renew(known, _for(kept.remote_for)))
    if isinstance(told, NotReached):
        return kept.remote_until
    return min(until, await _held(tx, msgspec.structs.replace(kept, expires_at=until), told, kept.remote_for))


async def _asked(tx: Transaction, mark: Any, house: House, act: Callable[[Booking], Awaitable[Kept | None]]) -> Any:
    told = brought(tx, mark)
    if told is None and (found := gathering()):
        found.holds.append((mark, act))
        return None  # stands in until all are held, and nothing of it is kept
    if told is None:

        async def go() -> tuple[Any]:
            return (await outcome(house, act),)

        raise Errand(mark, go)
    return told[0]


async def _held(tx: Transaction, kept: Hold, told: Any, patient: str) -> datetime:
    if isinstance(told, TimeTaken):
        raise SlotTaken(None)
    if isinstance(told, NotReached):
        raise told
    if told is None:
        return kept.expires_at
    await store.keep_hold(tx, kept.owner, told.id, told.until, patient)
    return min(kept.expires_at, told.until) if told.until else kept.expires_at


async def book(
    house: House, tx: Transaction, made: Appointment, slot: Slot, kept: Hold | None, was: datetime | None = None
) -> None:
    """The visit is made there; SlotTaken and NotReached otherwise. `was`: when it stands here already."""
    offer = await offer_of(tx, slot, made.service or "")
    order = _order(made)
    held = Kept(kept.remote, offer, kept.remote_until) if kept and kept.remote and kept.slot == slot.id else None
    key, body = (
        f"book:{made.patient}:{slot.remote}",
        {"offer": msgspec.to_builtins(offer), "held": held.id if held else ""},
    )
    there = await _done(house, tx, "book", key, made, body, lambda it: it.confirm(offer, order, held), was=was)
    await _kept(house, tx, made.id, there)


async def move(
    house: House, tx: Transaction, one: Appointment, slot: Slot, kept: Hold | None, left: Slot | None = None
) -> None:
    """The visit is moved there, made there when it was only here, or ended there when it comes to be only here."""
    if not slot.remote:
        await cancel(house, tx, one, CancelReason.OTHER, "")
        await store.set_visit(tx, one.id, "")
        return
    if not one.remote:
        await book(house, tx, one, slot, kept, left.starts if left else None)
        return
    offer, order = await offer_of(tx, slot, one.service or ""), _order(one)
    held = Kept(kept.remote, offer, kept.remote_until) if kept and kept.remote else None

    async def act(it: Booking) -> Booked:
        if held:  # a move has no way to use a hold up: it is given back, and taken in the same breath
            await it.release(held)
        return await it.move(one.remote, offer, order)

    body = {"offer": msgspec.to_builtins(offer), "visit": one.remote, "slot": slot.id}
    if kept:
        body["owner"] = kept.owner  # whoever does it here in the end may have what is held for it
    key, was = f"move:{one.id}:{slot.remote}", left.starts if left else None
    back: Back | None = None
    if left and left.remote:
        before = await offer_of(tx, left, one.service or "")
        back = lambda it, visit: it.move(visit, before, order)  # noqa: E731  # by the id that it has there by then
        body["left"] = msgspec.to_builtins(before)
    await _kept(house, tx, one.id, await _done(house, tx, "move", key, one, body, act, back, was))


async def cancel(house: House, tx: Transaction, one: Appointment, reason: CancelReason, note: str) -> bool | None:
    """The visit is ended there; whether its time was given back, None when that cannot be known."""
    known: Calendars | None = house.ports.get(Calendars)
    if known is None or not await known.wired(house, tx):
        return None
    body = {"visit": one.remote, "reason": reason.value}
    act: Act = lambda it: it.cancel(one.remote, reason, note)  # noqa: E731
    return (await _done(house, tx, "cancel", f"cancel:{one.id}", one, body, act, was=one.starts)).slot_free


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
    house: House, tx: Transaction, what: str, key: str, one: Appointment, body: dict[str, Any], act: Act,
    back: Back | None = None, was: datetime | None = None,
) -> Booked:  # fmt: skip
    """The answer, once the errand has brought it; the order is kept with this transaction.

    `back` undoes a move there, `was` is when a visit that stands already stood before: for several together.
    """
    if tx.brought is None:
        raise NotReached("work that cannot begin anew")
    mark = ("order elsewhere", key)
    told = brought(tx, mark)
    if told is None:
        known = one.id if what != "book" else None
        order = Order(uuid7(), what, key, "sending", one.patient, known, body, None, house.clock.now())
        if found := gathering():
            assert one.starts
            assert one.ends
            found.orders.append(Asked(mark, order, act, back, (one.id, was, one.starts) if was else None))
            return Booked(one.remote, one.status, "", one.starts, one.ends)  # stands in until all are sent
        raise Errand(mark, lambda: send(house, order, act))
    if isinstance(told, TimeTaken):
        raise SlotTaken(None)
    if isinstance(told, NotReached | NotTogether):
        raise told
    if not await store.set_order(tx, told.order, "kept", ("made",), at=house.clock.now()):
        raise NotReached("it was taken back meanwhile")
    visit: Booked = told.visit
    return visit
