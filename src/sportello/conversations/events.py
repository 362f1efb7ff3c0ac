"""What conversations announce, within the transaction in which it happened."""

from uuid import UUID

from msgspec import Struct


class ConversationOpened(Struct, frozen=True):
    """A patient began; the bot answers first."""

    conversation: UUID
    language: str


class Escalated(Struct, frozen=True):
    """A person is wanted: the conversation stands in a queue now."""

    conversation: UUID
    queue: str
    priority: int


class Moved(Struct, frozen=True):
    """Any change of state; `agent` is the one after the move, `former` the one before."""

    conversation: UUID
    source: str
    target: str
    agent: UUID | None
    former: UUID | None


class PatientLinked(Struct, frozen=True):
    """The conversation is now known to be with this patient (None: unlinked)."""

    conversation: UUID
    patient_id: str | None
