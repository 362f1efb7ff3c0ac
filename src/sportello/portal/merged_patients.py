"""A patient whose record was merged signs in to the surviving one; sessions and chats that are open follow at once."""

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.portal import store
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    logins, chats = await store.move_patient(tx, event.former, event.survivor)
    await moving.note(tx, event.merge, "portal", logins)
    await moving.note(tx, event.merge, "portal.chat", chats)


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    logins = await moving.noted(tx, event.merge, "portal")
    chats = await moving.noted(tx, event.merge, "portal.chat")
    await store.give_back(tx, logins, chats, event.survivor, event.former)
