"""Conversations of a record that was merged concern the surviving patient, and go back when it is undone."""

from uuid import UUID

from sportello.conversations.store import merged
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged

_ROOM = "conversations"


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    """Every conversation of the former record, open or closed; who follows an open one hears of it."""
    moved = await merged.move(tx, event.former, event.survivor)
    await moving.note(tx, event.merge, _ROOM, [one.id for one in moved])
    await _tell(house, tx, moved, event.survivor)


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    """Those that were moved then; what was linked to somebody else since stays."""
    ids = [UUID(one) for one in await moving.noted(tx, event.merge, _ROOM)]
    await _tell(house, tx, await merged.give_back(tx, ids, event.survivor, event.former), event.former)


async def _tell(house: House, tx: Transaction, moved: list[merged.Moved], patient: str) -> None:
    for one in moved:
        if one.open:
            await house.streams.append(
                tx, f"conversation:{one.id}", "linked", {"patient": patient, "name": ""}, audience="staff",
                client_id=uuid7(),
            )  # fmt: skip
        if one.open and one.agent:
            told = {"conversation": str(one.id), "state": one.state}
            await house.streams.append(tx, f"desk:{one.agent}", "work", told, audience="staff")
