"""What conversations ask of the rooms above."""

from typing import Protocol
from uuid import UUID

from sportello.kit.database import Transaction
from sportello.kit.house import House


class Reopening(Protocol):
    """Brings a conversation that has ended back to its patient, who writes again; False when it is too late."""

    async def __call__(self, house: House, tx: Transaction, conversation: UUID) -> bool: ...
