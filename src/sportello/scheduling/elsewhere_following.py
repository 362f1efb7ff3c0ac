"""Does here what was done in the system that keeps the calendars, by an order that lost its way back or by somebody's
hand there.

What cannot be had here is a conflict, for a person to decide on.
"""

from datetime import timedelta

import msgspec
import structlog

from sportello.administration.actor import SYSTEM, Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.scheduling import cancelling, confirming, moving
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import Booked, Calendars, Offer
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.moving import CannotMove, Move
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, slots, wishes
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.store.elsewhere import Order
from sportello.scheduling.store.slots import Wanted

ELSEWHERE = Actor("system", "elsewhere", "The other system")
KEPT_FOR = timedelta(minutes=1)  # after which the settling job does what a server died over
NO_CALENDAR = N_("There it is with somebody, or at a place, that no calendar here offers this type for.")
NOT_FREE = N_("There it is at a time that is past, closed here, or that another visit here has.")
BUSY = N_("There it is at a time at which the patient has another visit here.")
ORDER = N_("There it is at a time before what must come first.")
OVER = N_("What was said of it there cannot be so here, or not yet.")
log = structlog.get_logger("scheduling")


class NoCalendar(Exception):
    """No calendar here stands for who and where it is with there."""


_WHY: dict[type[Exception], str] = {
    NoCalendar: NO_CALENDAR, CannotMove: NO_CALENDAR, SlotTaken: NOT_FREE, PatientBusy: BUSY, NotYet: ORDER,
    IllegalMove: OVER, cancelling.UnknownAppointment: OVER,
}  # fmt: skip


def mark_of(there: Booked | None) -> str:
    """How a visit stands there, in short: a person is told once of what cannot be followed."""
    if there is None:
        return "gone"
    return "|".join(
        (there.status, there.starts.isoformat(), there.ends.isoformat(), there.practitioner, there.location)
    )


async def heard(house: House, tx: Transaction, one: Appointment, there: Booked, what: str) -> Order | None:
    """Writes down that a visit was moved or cancelled there; None while the same is under way from here."""
    now, remote = house.clock.now(), there.slot or f"of:{there.id}"
    reason = there.ended_for if there.ended_for in list(CancelReason) else CancelReason.OTHER.value
    offer = Offer(remote, there.starts, there.ends, one.service or "", there.practitioner, "", there.location)
    key = f"cancel:{one.id}" if what == "cancel" else f"move:{one.id}:{remote}"
    body = {"offer": msgspec.to_builtins(offer), "visit": there.id, "reason": reason}
    made = Order(uuid7(), what, key, "made", one.patient, one.id, body, there, now, theirs=True)
    if not await store.begin(tx, made):
        return None
    await store.set_order(tx, made.id, "made", ("sending",), there)
    await house.jobs.enqueue(
        tx, "scheduling.settle_elsewhere", {"order": str(made.id)}, run_at=now + KEPT_FOR,
        dedupe_key=f"elsewhere:{made.id}",
    )  # fmt: skip
    return made


async def follow(house: House, one: Order) -> None:
    """Moves or cancels the copy as the visit there was; else it is a person's turn."""
    try:
        await house.db.run(lambda tx: _done_here(house, tx, one))
    except tuple(_WHY) as error:
        why = next(text for kind, text in _WHY.items() if isinstance(error, kind))
        log.error("the other system's calendar says otherwise", order=str(one.id), why=type(error).__name__)
        await house.db.run(lambda tx: _stuck(house, tx, one, why))


async def _done_here(house: House, tx: Transaction, one: Order) -> None:
    assert one.appointment
    by = ELSEWHERE if one.theirs else SYSTEM
    if one.what == "move":
        slot = await _time(tx, one) if one.theirs else int(one.body["slot"])
        after = await moving.move(
            house, tx, by, Move(one.appointment, slot, owner=one.body.get("owner"), anywhere=True, again=one.theirs)
        )
    else:
        after = await cancelling.cancel(house, tx, by, one.appointment, CancelReason(one.body["reason"]))
    known: Calendars | None = house.ports.get(Calendars)
    if one.theirs and not (known and await known.writes(house, tx)):
        await confirming.confirm_to_patient(house, tx, by, after)


async def _time(tx: Transaction, one: Order) -> int:
    """The time there as a copy in the calendar here of whom it is with now, and where; its own when it can be."""
    assert one.appointment
    assert one.told
    known = await appointments.read(tx, one.appointment)
    if known is None or not known.service:
        raise NoCalendar
    who, where = one.told.practitioner or known.practitioner, one.told.location or known.location
    calendars = await slots.schedules(tx, Wanted(known.service, practitioner=who or "", location=where or ""))
    own = await slots.whole(tx, [known.slot] if known.slot else [])
    chosen = next((slot.schedule for slot in own if slot.schedule in calendars), next(iter(calendars), None))
    if chosen is None or not who or not where:
        raise NoCalendar
    return await visits.put_time(tx, chosen, known.service, one.told, str(one.body["offer"]["id"]), known.id)


async def _stuck(house: House, tx: Transaction, one: Order, why: str) -> None:
    await store.set_order(tx, one.id, "stuck", ("made",))
    known = await appointments.read(tx, one.appointment, lock=True) if one.appointment else None
    if known:
        await leave(house, tx, known, one.told, why)


async def leave(house: House, tx: Transaction, one: Appointment, there: Booked | None, why: str) -> None:
    """Makes a conflict of it, for a person to decide on; why is kept as a message id, to be read in any language."""
    now = house.clock.now()
    otherwise = there.starts if there and there.starts != one.starts and there.starts > now else None
    await wishes.put(tx, one.id, "elsewhere", otherwise, why, now)
    await visits.see(tx, one.id, now, there.words if there else "", flagged=mark_of(there))
