"""The board as the desk shows it: every conversation that goes on, with bot or person; narrowed, and kept so."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.bots.monitoring import Monitoring, OwnTalk, Standing
from sportello.conversations.states import IN_QUEUE, STATE_NAMES, State
from sportello.conversations.store import Ongoing
from sportello.desk import alarms, store, views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import as_uuid
from sportello.routing import board as routing
from sportello.routing import reading
from sportello.routing.board import BoardRow

BOT, LONGEST, HIDDEN = N_("Bot"), N_("Longest wait"), N_("Patient %(code)s")
OWN_BOT = N_("The hospital's own bot")
RED_FLAG = "red-flag"
MOST = 200
_FIGURES = (State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING, State.WRAP_UP)
_KEPT = "board"


class Filter(Struct, frozen=True):
    """What the board is narrowed to. `order` "began": rows stay where they are; "wait": the longest wait on top."""

    queue: str = ""
    agent: str = ""
    state: str = ""
    waiting: Literal["", "30", "60", "120", "300", "600", "1800"] = ""
    order: Literal["began", "wait"] = "wait"


class Line(Struct, frozen=True):
    """One conversation on the board; `owner` is the bot, a queue or an agent; `asked` is who is offered it.

    `bot` and `own_bot` tell where it stands with a bot. `urgent`: a red flag, and no person has it yet.
    """

    id: str
    name: str
    state: State
    state_text: str
    state_kind: str
    owner: str
    icon: str
    asked: str
    asked_until: datetime | None
    queue: str
    topic: str
    waiting_since: datetime | None
    last_activity_at: datetime
    bot: Standing | None
    own_bot: OwnTalk | None
    urgent: bool


class Figure(Struct, frozen=True):
    """A number of the board, or the instant from which one counts up."""

    label: str
    number: int | None = None
    since: datetime | None = None


async def kept(tx: Transaction, actor: Actor) -> Filter:
    """The filter that the person saved as their own."""
    value = await store.personal(tx, UUID(actor.id), _KEPT)
    try:
        return msgspec.convert(value, Filter) if value else Filter()
    except msgspec.ValidationError:
        return Filter()


async def keep(house: House, tx: Transaction, actor: Actor, chosen: Filter) -> None:
    """Saves a filter as the person's own."""
    await store.keep_personal(tx, UUID(actor.id), _KEPT, msgspec.to_builtins(chosen), house.clock.now())


async def board(house: House, tx: Transaction, actor: Actor, chosen: Filter) -> dict[str, Any]:
    """What the board's rows show; figures are absolute and count also what the rows leave out."""
    language = actor.language
    shown = await routing.board(house, tx, language, MOST, _wanted(house, chosen))
    everything = shown if chosen == Filter() else await routing.board(house, tx, language, 1)
    names = {row["id"]: str(row["name"]) for row in await administration.all_staff(tx)}
    watching: Monitoring | None = house.ports.get(Monitoring)
    with_bot = [one.id for one in shown.rows if one.state is State.BOT] if watching else []
    standing = await watching.standing(house, tx, with_bot, language) if watching else {}
    figures = [Figure(views.state_words(state, language)[0], shown.counts.get(state, 0)) for state in _FIGURES]
    waits = [one.waiting_since for one in everything.rows if one.waiting_since]
    figures.append(Figure(translate(language, LONGEST), None if waits else 0, min(waits, default=None)))
    return {
        "rows": [_line(one, actor, names, standing.get(one.id)) for one in shown.rows],
        "figures": figures,
        "narrowed": chosen != Filter(order=chosen.order),
        "full": len(shown.rows) == MOST,
        "levels": await store.wait_levels(tx),
        "outage": await alarms.outage(house, tx),
    }


def _wanted(house: House, chosen: Filter) -> Ongoing:
    waiting = timedelta(seconds=int(chosen.waiting)) if chosen.waiting else None
    return Ongoing(
        queue=chosen.queue[:40],
        agent=as_uuid(chosen.agent),
        states=tuple(state for state in State if state.value == chosen.state),
        waiting_before=house.clock.now() - waiting if waiting else None,
        longest_first=chosen.order == "wait",
    )


async def fields(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    """What the filter offers."""
    language = actor.language
    everybody = await administration.all_staff(tx)
    known = {one.staff for one in await reading.agents(tx)}
    return {
        "queues": sorted((await reading.queue_names(house, tx, language)).items(), key=lambda one: one[1]),
        "agents": [(str(one["id"]), one["name"]) for one in everybody if one["active"] and one["id"] in known],
        "states": [(state.value, translate(language, STATE_NAMES[state])) for state in _FIGURES],
    }


def _line(one: BoardRow, actor: Actor, names: dict[UUID, str], standing: Standing | OwnTalk | None) -> Line:
    language = actor.language
    text, kind = views.state_words(one.state, language)
    owner, icon = one.queue, "queue"
    if one.agent_name:
        owner, icon = one.agent_name, "person"
    elif one.state is State.BOT:
        owner, icon = translate(language, OWN_BOT if isinstance(standing, OwnTalk) else BOT), "bot"
    return Line(
        id=str(one.id),
        name=one.visitor_name if may_know(actor) else translate(language, HIDDEN, code=one.id.hex[-4:].upper()),
        state=one.state,
        state_text=text,
        state_kind=kind,
        owner=owner,
        icon=icon,
        asked=names.get(one.offered_to, "") if one.offered_to else "",
        asked_until=one.expires_at,
        queue=one.queue,
        topic=views.topic_words(one.topic, language),
        waiting_since=one.waiting_since,
        last_activity_at=one.last_activity_at,
        bot=standing if isinstance(standing, Standing) else None,
        own_bot=standing if isinstance(standing, OwnTalk) else None,
        urgent=one.reason == RED_FLAG and one.state in IN_QUEUE,
    )


def may_know(actor: Actor) -> bool:
    """Whether the patients' names are shown: whoever only watches figures sees none."""
    return any(actor.may(one) for one in ("conversation.supervise", "conversation.read_any", "patient.read"))
