"""The board as the desk shows it: every conversation that goes on, with bot or person, those who wait first."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations.states import State
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import board as routing
from sportello.routing.board import BoardRow

BOT, LONGEST = N_("Bot"), N_("Longest wait")
_FIGURES = (State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING, State.WRAP_UP)


class Line(Struct, frozen=True):
    """One conversation on the board; `owner` is the bot, a queue or an agent."""

    id: str
    name: str
    state_text: str
    state_kind: str
    owner: str
    icon: str
    topic: str
    waiting_since: datetime | None
    last_activity_at: datetime


class Figure(Struct, frozen=True):
    """A number of the board, or the instant from which one counts up."""

    label: str
    number: int | None = None
    since: datetime | None = None


async def board(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    """What the board's template shows; figures are absolute and count also what the rows leave out."""
    language = actor.language
    shown = await routing.board(tx, language)
    figures = [Figure(views.state_words(state, language)[0], shown.counts.get(state, 0)) for state in _FIGURES]
    waits = [one.waiting_since for one in shown.rows if one.waiting_since]
    figures.append(Figure(translate(language, LONGEST), None if waits else 0, min(waits, default=None)))
    return {"rows": [_line(one, language) for one in shown.rows], "figures": figures}


def _line(one: BoardRow, language: str) -> Line:
    text, kind = views.state_words(one.state, language)
    owner, icon = one.queue, "queue"
    if one.agent_name:
        owner, icon = one.agent_name, "person"
    elif one.state is State.BOT:
        owner, icon = translate(language, BOT), "bot"
    return Line(
        id=str(one.id),
        name=one.visitor_name,
        state_text=text,
        state_kind=kind,
        owner=owner,
        icon=icon,
        topic=views.topic_words(one.topic, language),
        waiting_since=one.waiting_since,
        last_activity_at=one.last_activity_at,
    )
