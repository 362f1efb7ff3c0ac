"""What other rooms moved for a merge, kept for them so that they can give it back."""

from collections.abc import Iterable
from uuid import UUID

from sportello.kit.database import Transaction
from sportello.record.store import merges


async def note(tx: Transaction, merge: UUID, room: str, keys: Iterable[object]) -> None:
    """Writes down the rows that a room moved to the survivor, by whatever it knows them by."""
    await merges.add_rows(tx, merge, room, [str(key) for key in keys])


async def noted(tx: Transaction, merge: UUID, room: str) -> list[str]:
    """What the room wrote down."""
    return await merges.rows_of(tx, merge, room)
