"""A patient's own wishes and what was offered for them, for the portal."""

from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.delegates import Books
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


async def is_of(
    house: House, tx: Transaction, patient: Actor, *, entry: UUID | None = None, offer: UUID | None = None
) -> bool:
    """Whether the wish, or the offer, is this patient's, or of one for whom they book."""
    if offer:
        found = await openings.offer(tx, offer)
        entry = found.waiting if found else None
    one = await store.read(tx, entry) if entry else None
    return one is not None and (one.patient == patient.id or await Books().may(house, tx, patient.id, one.patient))
