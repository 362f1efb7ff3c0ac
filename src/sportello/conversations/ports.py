"""What conversations ask of the rooms above, and of the world."""

from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House


class Place(Struct, frozen=True):
    """Where a conversation goes, and with what urgency."""

    queue: str
    priority: int


class Placing(Protocol):
    """Says where a conversation goes for which people are wanted; `queue` is which one was asked for, or empty."""

    async def __call__(self, house: House, tx: Transaction, talk: Conversation, queue: str) -> Place: ...


class Reopening(Protocol):
    """Brings a conversation that has ended back to its patient, who writes again; False when it is too late."""

    async def __call__(self, house: House, tx: Transaction, conversation: UUID) -> bool: ...


class Verdict(Struct, frozen=True):
    """What a scanner says of a file; `found` names the malware."""

    result: Literal["clean", "infected", "unavailable"]
    found: str = ""


class FileScanner(Protocol):
    """Looks for malware in a file before it is kept; without one files are kept unscanned, and the screens say so."""

    name: str

    async def scan(self, content: bytes) -> Verdict: ...
