"""Appointments, wishes and delegates of a merged record are the surviving patient's, until the merge is undone."""

from uuid import UUID

from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.scheduling.store import merged

_ROOM, _WAITING = "scheduling", "scheduling.waiting"
_DELEGATES, _DELEGATED = "scheduling.delegates", "scheduling.delegated"


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    """Appointments, the patient's own time that they claim, and bookings under way."""
    await _moved(house, tx, event.merge, await merged.move(tx, event.former, event.survivor))
    await merged.move_drafts(tx, event.former, event.survivor)
    await moving.note(tx, event.merge, _WAITING, await merged.move_wishes(tx, event.former, event.survivor))
    theirs, others = await merged.move_delegates(tx, event.former, event.survivor)
    await moving.note(tx, event.merge, _DELEGATES, theirs)
    await moving.note(tx, event.merge, _DELEGATED, others)


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    """What was moved then; bookings under way stay with whom they are being made for."""
    ids = [UUID(one) for one in await moving.noted(tx, event.merge, _ROOM)]
    for one in await merged.give_back(tx, ids, event.survivor, event.former):
        await telling.changed(house, tx, "Appointment", str(one), "update")
    wishes = [UUID(one) for one in await moving.noted(tx, event.merge, _WAITING)]
    await merged.give_wishes_back(tx, wishes, event.survivor, event.former)
    theirs = [UUID(one) for one in await moving.noted(tx, event.merge, _DELEGATES)]
    others = [UUID(one) for one in await moving.noted(tx, event.merge, _DELEGATED)]
    await merged.give_delegates_back(tx, theirs, others, event.survivor, event.former)


async def _moved(house: House, tx: Transaction, merge: UUID, ids: list[UUID]) -> None:
    await moving.note(tx, merge, _ROOM, ids)
    for one in ids:
        await telling.changed(house, tx, "Appointment", str(one), "update")
