"""What conversations announce, in the transaction of the fact itself."""

from uuid import UUID

from msgspec import Struct

from sportello.conversations.states import State


class ConversationOpened(Struct, frozen=True):
    """A talk has begun; it is with the bot, which speaks first."""

    conversation: UUID
    language: str
    patient_id: str | None = None
    channel: str = "chat"


class Escalated(Struct, frozen=True):
    """A person is wanted: the conversation stands in a queue. `reason` is a code."""

    conversation: UUID
    queue: str
    priority: int
    reason: str = ""


class Moved(Struct, frozen=True):
    """The state changed, or the agent who has it: `former` is the agent before, `agent` the one after.

    `by` is the kind of actor who moved it, `reason` a code.
    """

    conversation: UUID
    source: State
    target: State
    agent: UUID | None
    former: UUID | None
    by: str = "system"
    reason: str = ""


class PatientLinked(Struct, frozen=True):
    """Staff said whom the conversation concerns; None when they took it back."""

    conversation: UUID
    patient_id: str | None
    former: str | None = None


class PartyChanged(Struct, frozen=True):
    """Somebody takes part beside the owner from now on, or no longer; `role` is consulted or member."""

    conversation: UUID
    staff: UUID
    role: str
    present: bool


class PatientsWrote(Struct, frozen=True):
    """Patients wrote in these conversations: told in batches about half a second later, never on a message's way."""

    conversations: list[UUID]
