"""The board's figures and rows: every conversation that goes on, with bot or person, those who wait first."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations import store as talks
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

MOST = 200
BOT, QUEUE, LONGEST = N_("Bot"), N_("Queue"), N_("Longest wait")
_FIGURES = (State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING, State.WRAP_UP)


class BoardRow(Struct, frozen=True):
    """One conversation on the board."""

    id: str
    name: str
    state_text: str
    state_kind: str
    with_text: str
    with_icon: str
    topic: str
    waiting_since: datetime | None
    last_activity_at: datetime


class Figure(Struct, frozen=True):
    """A number of the board, or the instant from which one counts up."""

    label: str
    number: int | None = None
    since: datetime | None = None


async def board(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    """What the board's template shows."""
    language = actor.language
    ongoing = await talks.ongoing(tx, MOST)
    counts = await talks.count_by_state(tx)
    figures = [Figure(views.state_words(state, language)[0], counts.get(state, 0)) for state in _FIGURES]
    waits = [since for one in ongoing if (since := one.waiting_since)]
    figures.append(Figure(translate(language, LONGEST), None if waits else 0, min(waits, default=None)))
    return {"rows": [_row(one, language) for one in ongoing], "figures": figures}


def _row(one: Conversation, language: str) -> BoardRow:
    text, kind = views.state_words(one.state, language)
    if one.agent:
        owner, icon = one.agent_name, "person"
    elif one.state is State.BOT:
        owner, icon = translate(language, BOT), "bot"
    else:
        owner, icon = translate(language, QUEUE), "queue"
    return BoardRow(
        id=str(one.id), name=one.visitor_name, state_text=text, state_kind=kind, with_text=owner,
        with_icon=icon, topic=one.topic, waiting_since=one.waiting_since,
        last_activity_at=one.last_activity_at,
    )  # fmt: skip
