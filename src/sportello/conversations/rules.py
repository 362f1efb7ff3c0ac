"""Which moves a conversation may make; pure, so that every path can be tried."""

from sportello.conversations.states import State

S = State
MOVES: dict[State, frozenset[State]] = {
    S.BOT: frozenset({S.QUEUED, S.ACTIVE, S.CLOSED}),
    S.QUEUED: frozenset({S.OFFERED, S.ACTIVE, S.CLOSED, S.BOT}),
    S.OFFERED: frozenset({S.ACTIVE, S.QUEUED, S.CLOSED}),
    S.ACTIVE: frozenset({S.WAITING, S.WRAP_UP, S.QUEUED, S.ACTIVE}),
    S.WAITING: frozenset({S.ACTIVE, S.QUEUED, S.WRAP_UP, S.CLOSED}),
    S.WRAP_UP: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}
_NEEDS_AGENT = frozenset({S.OFFERED, S.ACTIVE, S.WAITING, S.WRAP_UP})
LONGEST = 4_000  # characters of one message


def may_move(source: State, target: State) -> bool:
    """Whether the move is legal; active to active is a change of agent."""
    return target in MOVES[source]


def agent_of(target: State, agent: str | None) -> str | None:
    """Who owns the conversation after a move: an agent exactly where the state needs one."""
    if target in _NEEDS_AGENT:
        if agent is None:
            raise ValueError(f"{target} needs an agent")
        return agent
    return None


def cleaned(text: object) -> str | None:
    """A message's text without control characters but new lines and tabs; None when it is no text."""
    if not isinstance(text, str):
        return None
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c != "\x7f")).strip()
