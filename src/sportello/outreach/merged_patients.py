"""Letters, wishes and tasks follow their patient's record when it is merged, and back."""

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.outreach.store import merged
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    await moving.note(tx, event.merge, "outreach", await merged.move(tx, event.former, event.survivor))


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    keys = await moving.noted(tx, event.merge, "outreach")
    await merged.give_back(tx, keys, event.survivor, event.former)
