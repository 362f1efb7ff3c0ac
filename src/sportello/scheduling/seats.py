"""Who sits where: a slot takes its practitioner, its rooms and devices, and one of its seats, all or nothing.

The exclusion constraint on claims decides; the checks before it only make the answer certain for times with several
seats and for overbooked ones. Everything here is called under `store.claims.lock_for`.
"""

from uuid import UUID

from sportello.kit.database import Transaction
from sportello.scheduling.rules import next_seat
from sportello.scheduling.store import claims
from sportello.scheduling.store.slots import Slot


class SlotTaken(Exception):
    """Somebody else was quicker, or the time is closed or past; `slot` tells which one, when it is known."""

    def __init__(self, slot: Slot | None) -> None:
        super().__init__()
        self.slot = slot


async def seat(
    tx: Transaction, slot: Slot, *, hold: str | None = None, appointment: UUID | None = None, beyond: bool = False
) -> None:
    """Claims what the slot needs; raises SlotTaken, after which the caller rolls back to its savepoint.

    `beyond` books over what is taken (a person with the right, and a reason, decides so), never over a closure.
    """
    if not await claims.stands(tx, slot.id):
        raise SlotTaken(slot)
    if slot.seats == 1:
        for actor in slot.actors:
            await _sit(tx, slot, actor, 1, hold, appointment, beyond=beyond)
        return
    if not await claims.has_session(tx, slot.id):
        for actor in slot.actors:
            await _sit(tx, slot, actor, 1, None, None, beyond=beyond)
    await _sit(tx, slot, f"slot:{slot.id}", slot.seats, hold, appointment, beyond=beyond)


async def _sit(
    tx: Transaction, slot: Slot, actor: str, seats: int, hold: str | None, appointment: UUID | None, *, beyond: bool
) -> None:
    """One actor's next seat; a session when nobody is named. Without `beyond`, no claim may be beyond the seats."""
    taken = await claims.seats_taken(tx, actor, slot.kept_from, slot.kept_until)
    number = next_seat(taken, seats, beyond=beyond)
    if number is None or (not beyond and any(one > seats for one in taken)):
        raise SlotTaken(slot)
    session = slot.id if hold is None and appointment is None else None
    if not await claims.take(
        tx, actor, slot.kept_from, slot.kept_until, seat=number, hold=hold, appointment=appointment, slot=session
    ):
        raise SlotTaken(slot)


async def settle(tx: Transaction, *touched: Slot) -> None:
    """Every slot that these ones concern gets the status that follows from claims and closures."""
    for slot in touched:
        await claims.settle(tx, [slot.practitioner], slot.resources, slot.kept_from, slot.kept_until)
