"""What may happen to a conversation and what may be said in it; pure, so that every rule is a table in a test."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.conversations.states import IN_QUEUE, OPEN, TALKING, WITH_AGENT, State
from sportello.kit.i18n import N_

MOST_TEXT = 4_000
MOST_NAME = 200
MOST_PAYLOAD = 200

LEGAL: dict[State, frozenset[State]] = {
    State.BOT: frozenset({State.QUEUED, State.CLOSED}),
    # Queued to queued is another queue.
    State.QUEUED: frozenset({State.QUEUED, State.OFFERED, State.ACTIVE, State.CLOSED}),
    State.OFFERED: frozenset({State.QUEUED, State.ACTIVE, State.CLOSED}),
    # Active to active is a transfer from one agent to another; back to the bot it is given by its agent.
    State.ACTIVE: frozenset({State.ACTIVE, State.WAITING, State.WRAP_UP, State.QUEUED, State.BOT, State.CLOSED}),
    State.WAITING: frozenset({State.ACTIVE, State.QUEUED, State.BOT, State.CLOSED}),
    # What has ended comes back when its patient writes again in time.
    State.WRAP_UP: frozenset({State.ACTIVE, State.CLOSED}),
    State.CLOSED: frozenset({State.ACTIVE, State.QUEUED, State.BOT}),
}

EMPTY = N_("The message is empty.")
TOO_LONG = N_("This message is too long: at most 4,000 characters.")
NOT_TEXT = N_("The message could not be read.")

# Anything but what shows nothing: spaces of all kinds, joiners, direction marks, the byte order mark.
_SOMETHING = re.compile(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
# Control characters that no screen shows and that PostgreSQL (NUL) does not keep; line breaks and tabs stay.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Unacceptable(ValueError):
    """A text that cannot be taken; `code` is for machines, `message` a translatable sentence for its writer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def may_move(before: State, after: State) -> bool:
    """Whether a conversation may go from one state to another."""
    return after in LEGAL[before]


class IllegalMove(Exception):
    """A programming error: no door may ask for this move."""


class Standing(Struct, frozen=True):
    """Who has a conversation: the bot, a queue, an agent, or, closed, nobody (the last agent stays known)."""

    state: State
    agent: UUID | None = None
    queue: str | None = None


def moved(before: Standing, to: State, agent: UUID | None = None, queue: str | None = None) -> Standing:
    """Who has it after a move; raises IllegalMove for a move that must not be, or that leaves open who has it.

    An agent is wanted on the way to one, and stays from one state with an agent to another; a queue is wanted on the
    first way into one, and stays known.
    """
    if not may_move(before.state, to):
        raise IllegalMove(f"{before.state} to {to}")
    if to in IN_QUEUE:
        if agent is not None or (queue or before.queue) is None:
            raise IllegalMove("into a queue, and to nobody")
        return Standing(to, None, queue or before.queue)
    if to is State.BOT:
        return Standing(to)
    if to is State.CLOSED:
        return Standing(to, before.agent, before.queue)
    owner = agent or (before.agent if before.state in WITH_AGENT else None)
    if owner is None or (agent is not None and to is not State.ACTIVE):
        raise IllegalMove("to an agent, who is made so by becoming active with it")
    return Standing(to, owner, before.queue)


def after_end(state: State) -> State:
    """Where a conversation goes when somebody ends it: an agent has after-work, nobody else has."""
    return State.WRAP_UP if state is State.ACTIVE else State.CLOSED


def patient_may_write(state: State) -> bool:
    """Whether the patient can still write."""
    return state in TALKING


def agent_may_write(state: State) -> bool:
    """Whether the agent who has the conversation can write to the patient."""
    return state in (State.ACTIVE, State.WAITING)


def note_may_be_written(state: State) -> bool:
    """Whether staff can add a note to the transcript."""
    return state in OPEN


def clean_text(said: Any) -> str:
    """The text as it is kept: plain text with its line breaks; raises Unacceptable when it is none, or too much."""
    if not isinstance(said, str):
        raise Unacceptable("unreadable", NOT_TEXT)
    if len(said) > 4 * MOST_TEXT:  # not worth cleaning
        raise Unacceptable("too-long", TOO_LONG)
    text = _CONTROLS.sub("", said.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not _SOMETHING.search(text):
        raise Unacceptable("empty", EMPTY)
    if len(text) > MOST_TEXT:
        raise Unacceptable("too-long", TOO_LONG)
    return text


def clean_block(said: str, most: int) -> str:
    """A text of a machine, fit to be stored; cut rather than refused."""
    return _CONTROLS.sub("", said[:most])


def clean_name(said: str) -> str:
    """A name fit for a list: one line, no controls, at most 200 characters; may be empty."""
    return " ".join(_CONTROLS.sub(" ", said[: 4 * MOST_NAME]).split())[:MOST_NAME].strip()


def body_from_patient(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is kept of a patient's post: its text, and the payload of a button that was pressed."""
    kept: dict[str, Any] = {"text": clean_text(body.get("text"))}
    payload = body.get("payload") or body.get("value")
    if isinstance(payload, str) and 0 < len(payload) <= MOST_PAYLOAD:
        kept["payload"] = _CONTROLS.sub("", payload)
    if name:
        kept["name"] = name
    return kept


def body_from_staff(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is kept of an agent's post; the name is the account's, never the browser's."""
    return {"text": clean_text(body.get("text")), "name": name}
