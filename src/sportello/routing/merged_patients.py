"""Wishes to be called back follow their patient's record when it is merged, and back."""

from uuid import UUID

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.routing.store import callbacks


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    moved = await callbacks.move(tx, event.former, event.survivor)
    await moving.note(tx, event.merge, "routing", moved)


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    ids = [UUID(one) for one in await moving.noted(tx, event.merge, "routing")]
    await callbacks.give_back(tx, ids, event.survivor, event.former)
