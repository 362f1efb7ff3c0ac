"""Finds the turns that the assistant does not understand by itself, before they are taken, and asks for advice on them.

The turns are only imagined here, on the memory as it was read: nothing is locked while the model thinks. Advice counts
when the turn is taken from the same memory.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from sportello.bots.engine import step
from sportello.bots.language_model import prompts
from sportello.bots.language_model.asking import DEADLINE, ask
from sportello.bots.language_model.nameless import Nameless
from sportello.bots.language_model.terms import Terms
from sportello.bots.mind import Mind
from sportello.bots.ports import Call, Note
from sportello.bots.scenario import Scenario
from sportello.bots.state import Advice, Offered, Said, State
from sportello.bots.understanding import SURE
from sportello.bots.wording import words
from sportello.kit.house import House
from sportello.knowledge.reading import today

_EXAMPLES = 3  # of a wish's phrases that tell the model what it is


class Question(Struct, frozen=True):
    """What a turn leaves open: which wish it is (`route`), or the answer to what was asked at `at` (`slots`)."""

    job: str
    at: str
    text: str
    listed: tuple[Offered, ...] = ()


class Advised(Struct, frozen=True):
    """Advice for a turn, as long as it is taken from this memory."""

    before: State
    advice: Advice


Patients = list[tuple[int, Said]]  # what a patient wrote, with its number in the stream


def open_question(mind: Mind, before: State, said: Said) -> Question | None:
    """None when the turn is understood, needs the house, or holds no words."""
    if said.payload or not words(said.text):
        return None
    after, effects = step(mind, before, said)
    if after.misses <= before.misses or (effects and isinstance(effects[-1], Call)):
        return None
    if any(isinstance(one, Note) and one.kind == "understood" for one in effects):
        return Question("route", before.at, said.text)
    node = mind.library.node(before.at) if mind.library.has(before.at) else None
    if node is None or node.kind not in ("date", "choice"):
        return None
    buttons = [Offered(one.to, one.text) for one in node.buttons]
    return Question("slots", before.at, said.text, (*before.listed.get(node.choose_from, ()), *buttons))


def worth_asking(mind: Mind, terms: Terms, before: State, wrote: Patients) -> bool:
    """Whether any turn is open that the model may help with. Never while an emergency or a wish for a person waits."""
    for _, said in wrote:
        guesses = mind.understanding.guesses(said.text, before.language)
        if mind.flags.check(said.text) or (guesses and guesses[0].wish == "person" and guesses[0].score >= SURE):
            return False
    return any(found and found.job in terms.jobs for _, _, found in _imagined(mind, before, wrote))


def _imagined(mind: Mind, state: State, wrote: Patients) -> Iterable[tuple[int, State, Question | None]]:
    for seq, said in wrote:
        yield seq, state, open_question(mind, state, said)
        state, effects = step(mind, state, said)
        if state.over or (effects and isinstance(effects[-1], Call)):
            return


async def consult(
    house: House, mind: Mind, conversation: UUID, before: State, wrote: Patients, names: Iterable[str]
) -> Mapping[int, Advised]:
    """Advice by the number of the patient's words; whatever happens, within the deadline."""
    until, found, state = time.monotonic() + DEADLINE, {}, before
    nameless = Nameless(mind, names, today(house))
    for seq, said in wrote:
        question, left = open_question(mind, state, said), until - time.monotonic()
        advice = await _advice(house, mind, conversation, state, question, nameless, left) if question else None
        if advice:
            found[seq] = Advised(state, advice)
        state, effects = step(mind, state, said, (), advice)
        if state.over or (effects and isinstance(effects[-1], Call)):
            break
        await asyncio.sleep(0)
    return found


async def _advice(
    house: House, mind: Mind, talk: UUID, state: State, question: Question, nameless: Nameless, left: float
) -> Advice | None:
    if left <= 0:
        return None
    text = nameless(question.text)
    if question.job == "route":
        wishes = {name: _meaning(one, state.language) for name, one in mind.library.scenarios.items() if one.offered}
        chosen = await ask(
            house, "route", talk, prompts.route(text, wishes), lambda raw: prompts.read_route(raw, wishes), left
        )
        return Advice("route", chosen) if chosen else None
    node = mind.library.node(question.at)
    asked = node.ask.in_(state.language) if node.ask else ""
    if node.kind == "date":
        now = today(house)
        day = await ask(
            house, "slots", talk, prompts.day(asked, text, now), lambda raw: prompts.read_day(raw, now), left
        )
        return Advice("slots", day) if day else None
    labels = [nameless(one.text.in_(state.language)) for one in question.listed]
    place = await ask(
        house, "slots", talk, prompts.choice(asked, text, labels), lambda raw: prompts.read_choice(raw, labels), left
    )
    return Advice("slots", question.listed[place].to) if place is not None else None


def _meaning(scenario: Scenario, language: str) -> str:
    examples = scenario.phrases.get("en" if language == "en" else "it", [])[:_EXAMPLES]
    return "; ".join([scenario.title.in_(language), *examples])
