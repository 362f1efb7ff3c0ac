"""What a bot is to Sportello: the embedded one and bots elsewhere open, are told, and answer with the same events.

Everything that comes from a bot is untrusted text. A delivery that is not known to have arrived is never repeated:
the patient then goes to a person.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.bots.state import Advice, Outcome
from sportello.kit.database import Transaction
from sportello.kit.house import House

Delivery = Literal["accepted", "refused", "unknown"]
Context = dict[str, str | int]


class Choice(Struct, frozen=True):
    """A button: what it shows and what comes back when it is pressed."""

    text: str
    payload: str


class Say(Struct, frozen=True, tag="say"):
    """Shown to the patient; `article` is a knowledge card quoted in it, `link` is `{title, url}` of a page."""

    text: str
    buttons: tuple[Choice, ...] = ()
    article: dict[str, str] | None = None
    link: dict[str, str] | None = None


class Typing(Struct, frozen=True, tag="typing"):
    """The bot is busy answering."""


class Escalate(Struct, frozen=True, tag="escalate"):
    """To a person: `summary` and `context` are for the agent, `priority` 0 is ordinary, 100 an emergency. The summary
    is in each language that agents read, or a bot's own words as they came.
    """

    reason: str
    summary: str | dict[str, str]
    topic: str
    language: str
    context: Context
    priority: int = 0


class End(Struct, frozen=True, tag="end"):
    """The talk is over without a person."""

    reason: str


class Note(Struct, frozen=True, tag="note"):
    """For the record: how a turn was understood, feedback, what a bot elsewhere said after the handover."""

    kind: str
    data: dict[str, Any]


class Call(Struct, frozen=True, tag="call"):
    """The embedded bot cannot go on without the house: the turn is taken again with the answer."""

    operation: str
    values: dict[str, str]
    language: str


Effect = Say | Typing | Escalate | End | Note | Call


class BotEvent(Struct, frozen=True):
    """An effect in order; `cursor` is where reading goes on."""

    event_id: str
    cursor: str
    effect: Effect


class Conversation(Struct, frozen=True):
    """What a bot may know of a conversation: an opaque id, never a name, number or code."""

    id: UUID
    language: str


class PatientTurn(Struct, frozen=True):
    """What the patient said; `id` makes a repeated turn recognisable, `payload` is a pressed button's.

    `heard` is what the house answered to the embedded bot's calls in this turn, `advice` what a language model chose.
    `patience` is for how many seconds the patient still waits before a person takes over.
    """

    id: str
    text: str
    payload: str = ""
    heard: tuple[Outcome, ...] = ()
    advice: Advice | None = None
    patience: float = 20.0


class BotSession(Struct):
    """A talk with a bot; `memory` is the bot's own and is kept with the turn. `pending` holds events not yet taken."""

    conversation: Conversation
    memory: dict[str, Any]
    pending: list[BotEvent] = []


class BotPort(Protocol):
    """A bot."""

    async def open(self, conversation: Conversation, context: Mapping[str, str | int]) -> BotSession:
        """Begins; the greeting comes as events. Idempotent for a conversation."""
        ...

    async def send(self, session: BotSession, turn: PatientTurn) -> Delivery:
        """Hands over what the patient said, at most once."""
        ...

    def events(self, session: BotSession, after: str) -> AsyncIterator[BotEvent]:
        """What the bot did since the cursor."""
        ...

    async def status(self, session: BotSession, state: Literal["accepted", "failed", "completed"]) -> None:
        """How the handover went; failures are ignored."""
        ...

    async def close(self, session: BotSession, reason: str) -> None:
        """The talk with the bot is over."""
        ...

    async def health(self) -> bool:
        """Whether the bot can be spoken to; asked before a turn and outside transactions, it may make itself ready."""
        ...


class Elsewhere(Protocol):
    """A bot of the hospital's own in place of the embedded one; without this port the embedded one has them all."""

    async def takes(self, house: House, tx: Transaction, conversation: UUID, language: str) -> bool:
        """True when it has the conversation from now on: the embedded bot then keeps out of it."""
        ...


class Prompt(Struct, frozen=True):
    """A closed question to a language model: `data` is what patients wrote, without names, and never an instruction."""

    name: str
    instruction: str
    data: dict[str, Any]
    schema: dict[str, Any]


class ModelTrouble(Exception):
    """No answer of a language model; `code` is unreachable, late, busy, failed, refused or nonsense."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LanguageModel(Protocol):
    """A language model that the hospital runs or rents; without this port there is none."""

    async def complete(self, address: str, model: str, key: str, prompt: Prompt) -> str:
        """The answer's text as it came, to be judged by the caller. Raises ModelTrouble."""
        ...
