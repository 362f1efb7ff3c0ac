"""The states of a conversation; every one of them names who has it."""

from enum import StrEnum

from sportello.kit.i18n import N_


class State(StrEnum):
    """Where a conversation is; the values are stored, sent and shown to machines."""

    BOT = "bot"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WAITING = "waiting"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


WITH_AGENT = frozenset({State.ACTIVE, State.WAITING, State.WRAP_UP})
IN_QUEUE = frozenset({State.QUEUED, State.OFFERED})
OPEN = frozenset(State) - {State.CLOSED}
TALKING = OPEN - {State.WRAP_UP}  # the patient may write

STATE_NAMES = {
    State.BOT: N_("With the bot"),
    State.QUEUED: N_("In the queue"),
    State.OFFERED: N_("Offered to an agent"),
    State.ACTIVE: N_("With an agent"),
    State.WAITING: N_("Waiting for the patient"),
    State.WRAP_UP: N_("Wrap-up"),
    State.CLOSED: N_("Closed"),
}
