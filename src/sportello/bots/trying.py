"""A talk with the assistant that nobody is part of: for whoever wrote a scenario, and for taking an old talk again."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.bots import spoken, store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.engine import step
from sportello.bots.mind import Mind
from sportello.bots.operations import MOST_CALLS, OPERATIONS
from sportello.bots.ports import Call, Choice, Effect, End, Escalate, Note, Say
from sportello.bots.state import Advice, Opened, Outcome, Said, State
from sportello.bots.store import editions
from sportello.kit.house import House
from sportello.kit.streams import store as events_of

MOST_TURNS = 60


class Line(Struct, frozen=True):
    """One line of the talk: `by` is you, bot, person (with what the agent reads) or end; `node` is where it stands."""

    by: str
    text: str
    buttons: tuple[Choice, ...] = ()
    node: str = ""
    wish: str = ""
    score: int = 0
    priority: int = 0


def play(mind: Mind, language: str, said: list[tuple[str, str]], reader: str = "it") -> list[Line]:
    """The whole talk from its beginning: the same words give the same talk, so nothing of it needs to be kept.

    The patient's part is in `language`, the agent's in the `reader`'s.
    """
    state, effects = step(mind, State(language), Opened())
    lines = _lines(state, effects, reader)
    for text, payload in said[:MOST_TURNS]:
        shown = next((one.text.in_(state.language) for one in state.offered if payload and one.to == payload), text)
        lines.append(Line("you", shown or payload))
        state, effects = _in_a_trial(mind, state, Said(text or shown, payload))
        lines += _lines(state, effects, reader)
    return lines


def _in_a_trial(mind: Mind, state: State, said: Said) -> tuple[State, list[Effect]]:
    """A turn whose calls are answered by samples: a trial books nothing."""
    heard: tuple[Outcome, ...] = ()
    while True:
        after, effects = step(mind, state, said, heard)
        call = effects[-1] if effects else None
        if not isinstance(call, Call) or len(heard) >= MOST_CALLS:
            return after, effects
        heard += (OPERATIONS[call.operation].sample,)


def _lines(state: State, effects: list[Effect], reader: str) -> list[Line]:
    found, wish, score = [], "", 0
    for effect in effects:
        match effect:
            case Note(kind="understood", data=data):
                wish, score = str(data["wish"]), int(data["score"])
            case Say():
                found.append(Line("bot", effect.text, effect.buttons, state.at or state.scenario, wish, score))
            case Escalate():
                told = effect.summary if isinstance(effect.summary, str) else effect.summary[reader]
                found.append(Line("person", told, (), effect.reason, wish, score, effect.priority))
            case End():
                found.append(Line("end", "", (), effect.reason))
            case _:
                pass
    return found


class Taken(Struct, frozen=True):
    """A turn taken again: what was said then and what the same edition says now; they differ when articles changed."""

    number: int
    patient: str
    wish: str
    score: int
    edition: str
    outcome: str
    chosen: str
    then: tuple[str, ...]
    again: tuple[str, ...] | None

    @property
    def same(self) -> bool:
        return self.again is not None and self.then == self.again


async def replay(house: House, bot: EmbeddedBot, conversation: UUID) -> list[Taken]:
    """Every turn of a conversation, taken again by the very texts that spoke then."""
    turns = await store.turns_of(house.db, conversation)
    events = await events_of.since(house.db, f"conversation:{conversation}", 0, 2_000)
    minds: dict[str, Mind | None] = {}
    found = []
    for place, turn in enumerate(turns):
        if turn.library not in minds:
            minds[turn.library] = await _mind(house, bot, turn.library)
        until = turns[place + 1].seq if place + 1 < len(turns) else None
        after = [e for e in events if e.seq > turn.seq and (until is None or e.seq < until)]
        then = tuple(str(e.body.get("text", "")) for e in after if e.kind == "message" and e.sender == "bot")
        body: dict[str, Any] = next((e.body for e in events if e.seq == turn.seq), {})
        mind = minds[turn.library]
        again = _again(mind, turn, body) if mind else None
        chosen = str(turn.advice["value"]) if turn.advice else ""
        found.append(Taken(
            turn.number, str(body.get("text", "")), turn.wish, turn.score, turn.edition, turn.outcome, chosen, then,
            again,
        ))  # fmt: skip
    return found


def _again(mind: Mind, turn: store.Turn, body: dict[str, Any]) -> tuple[str, ...]:
    said = Said(str(body.get("text", "")), str(body.get("payload", "")))
    heard = msgspec.convert(turn.heard, tuple[Outcome, ...])
    advice = msgspec.convert(turn.advice, Advice) if turn.advice else None
    _, effects = step(mind, msgspec.convert(turn.memory_before, State), said, heard, advice)
    return tuple(effect.text for effect in effects if isinstance(effect, Say))


async def _mind(house: House, bot: EmbeddedBot, library: str) -> Mind | None:
    texts = await editions.remembered(house.db, library) if library else {}
    return await bot.mind_with(*spoken.read_all(texts)) if texts else None
