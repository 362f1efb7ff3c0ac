"""What routing announces, in the transaction of the fact itself."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class OfferMade(Struct, frozen=True):
    """A conversation is offered to an agent until an instant; `by_itself`: it is theirs without an answer."""

    offer: UUID
    conversation: UUID
    agent: UUID
    expires_at: datetime
    by_itself: bool = False


class CallbackAsked(Struct, frozen=True):
    """Somebody wants to be called back; it becomes work at `due_at`, when the queue is open."""

    callback: UUID
    queue: str
    due_at: datetime
    conversation: UUID | None = None


class OfferEnded(Struct, frozen=True):
    """An offer is over: accepted, rejected, lapsed, lost (the agent's line), or withdrawn."""

    offer: UUID
    conversation: UUID
    agent: UUID
    outcome: str


class PresenceChanged(Struct, frozen=True):
    """An agent's presence is another; `cause` is self, supervisor, missed, line or arrival."""

    staff: UUID
    presence: str
    cause: str
