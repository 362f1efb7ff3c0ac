"""A patient's own wishes and what was offered for them, for the portal and for whoever leads them in words: the bot."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import offering, referrals, self_booking, waiting
from sportello.scheduling.codes import Channel
from sportello.scheduling.days import today
from sportello.scheduling.delegates import Books
from sportello.scheduling.drafts import MOST_REASON
from sportello.scheduling.offering import Answered
from sportello.scheduling.rules import PARTS_OF_DAY
from sportello.scheduling.store import openings, slots
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.store.slots import Slot
from sportello.scheduling.store.waiting import Waiting


class Wish(Struct, frozen=True):
    """A standing wish, with the time that is kept for the patient, if one is."""

    entry: Waiting
    offer: Offer | None
    slot: Slot | None


async def of_patient(tx: Transaction, patient: str) -> list[Wish]:
    """What the patient waits for; whoever shows it writes the audit event."""
    found = []
    for one in await store.standing(tx, patient=patient):
        offer = await openings.offer_of(tx, one.id)
        kept = await slots.whole(tx, [offer.slot]) if offer else []
        found.append(Wish(one, offer, kept[0] if kept else None))
    return found


async def read(house: House, tx: Transaction, patient: Actor) -> list[Wish]:
    """The patient's own; the look is written down."""
    await audit.record(house, tx, patient, "patient.read", patient=patient.id, entity="waiting")
    return await of_patient(tx, patient.id)


async def join(
    house: House, tx: Transaction, patient: Actor, service: str, channel: Channel, reason: str, *, day: str, part: str,
    referral: str, conversation: UUID,
) -> Waiting:  # fmt: skip
    """On the list for a type that patients book themselves; CannotMove when it is none, CannotWait when they wait for
    it already. `day` is the first that will do, `part` of the day the only one."""
    await self_booking.bookable(house, tx, service, channel, referral)
    here = await today(house, tx, "", channel)
    try:
        since = max(date.fromisoformat(day), here) if day else here
    except ValueError:
        since = here
    entry = Waiting(
        id=uuid7(), patient=patient.id, service=service, channel=channel, from_day=since,
        part=part if part in PARTS_OF_DAY else "", referral=referrals.number(referral)[:40],
        reason=reason.strip()[:MOST_REASON], conversation=conversation, created_at=house.clock.now(),
    )  # fmt: skip
    await waiting.put_on_list(house, tx, patient, entry)
    return await store.read(tx, entry.id) or entry


async def earlier(house: House, tx: Transaction, patient: Actor, visit: UUID) -> Waiting:
    """On the list for an earlier time of the patient's own visit, as long as they may change it; it stays."""
    one = await self_booking.own(house, tx, patient, visit)
    entry = await waiting.earlier(house, tx, patient, one.id, uuid7(), None)
    return await store.read(tx, entry.id) or entry


async def withdraw(house: House, tx: Transaction, patient: Actor, entry: UUID) -> bool:
    """Off the list; False when it was not their own, is over, or a time is offered for it just now."""
    one = await store.read(tx, entry)
    if one is None or one.patient != patient.id:
        return False
    return await waiting.withdraw(house, tx, patient, entry) is not None


async def answer(house: House, tx: Transaction, patient: Actor, offer: UUID, *, yes: bool) -> Answered:
    """Yes books or moves, no gives the time to the next; gone when it was not offered to them."""
    found = await openings.offer(tx, offer)
    one = await store.read(tx, found.waiting) if found else None
    if one is None or one.patient != patient.id:
        return Answered("gone")
    return await (offering.accept if yes else offering.decline)(house, tx, patient, offer)


async def is_of(
    house: House, tx: Transaction, patient: Actor, *, entry: UUID | None = None, offer: UUID | None = None
) -> bool:
    """Whether the wish, or the offer, is this patient's, or of one for whom they book."""
    if offer:
        found = await openings.offer(tx, offer)
        entry = found.waiting if found else None
    one = await store.read(tx, entry) if entry else None
    return one is not None and (one.patient == patient.id or await Books().may(house, tx, patient.id, one.patient))
