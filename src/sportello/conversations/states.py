"""The states of a conversation, by the names that contact centres use."""

from enum import StrEnum


class State(StrEnum):
    """Exactly one owner in each: the bot, a queue, an agent it is offered to, an agent, nobody any more."""

    BOT = "bot"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WAITING = "waiting"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


ONGOING = frozenset(State) - {State.CLOSED}
WITH_AGENT = frozenset({State.OFFERED, State.ACTIVE, State.WAITING, State.WRAP_UP})
OPEN_TO_WORDS = frozenset({State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING})
