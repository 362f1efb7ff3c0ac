"""A script as the agent sees it: in their language, places filled, each step with its state, nested ones unfolded."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations.states import WITH_AGENT
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scripts import store
from sportello.scripts.macros import REGISTRY
from sportello.scripts.offered import offered
from sportello.scripts.rules import fill
from sportello.scripts.texts import ScriptText

_DEEPEST = 3  # scripts within scripts


class StepView(Struct, frozen=True):
    """One step; `inside` are the steps of the script it shows."""

    script: str
    slug: str
    kind: str
    title: str
    text: str
    action: str
    outcome: str
    by_name: str
    at: datetime | None
    times: int
    inside: tuple["StepView", ...] = ()


class ScriptView(Struct, frozen=True):
    """What the partial shows; `writable` when the reader is the agent who has the conversation."""

    conversation: UUID
    language: str
    name: str
    description: str
    slug: str
    steps: tuple[StepView, ...]
    choices: tuple[tuple[str, str], ...]
    writable: bool

    @property
    def progress(self) -> tuple[int, int]:
        """How many steps are done, of how many; a nested script counts by its steps."""
        steps = [leaf for step in self.steps for leaf in (step.inside or (step,))]
        return sum(step.outcome == "done" for step in steps), len(steps)


async def script_view(house: House, tx: Transaction, actor: Actor, talk: Conversation) -> ScriptView:
    """The conversation's script for its reader."""
    script, every = await offered(tx, talk)
    done = await store.progress(tx, talk.id)
    values = {"patient": talk.visitor_name, "agent": actor.name, "clinic": house.settings.clinic.name}
    language = actor.language
    by_slug = {one.slug: one for one in every}

    def steps(of: ScriptText, depth: int) -> tuple[StepView, ...]:
        found = []
        for step in of.steps:
            words, state = step.words(language), done.get((of.slug, step.slug))
            inner = by_slug.get(step.script) if step.kind == "script" and depth < _DEEPEST else None
            found.append(
                StepView(
                    of.slug, step.slug, step.kind, fill(words.title, values), fill(words.text, values),
                    REGISTRY[step.macro].title if step.macro in REGISTRY else "",
                    state.outcome if state else "", state.by_name if state else "", state.at if state else None,
                    state.times if state else 0, steps(inner, depth + 1) if inner else (),
                )
            )  # fmt: skip
        return tuple(found)

    writable = str(talk.agent) == actor.id and talk.state in WITH_AGENT
    choices = tuple((one.slug, one.words(language).name) for one in every)
    if script is None:
        return ScriptView(talk.id, language, "", "", "", (), choices, writable)
    words = script.words(language)
    return ScriptView(
        talk.id, language, words.name, words.description, script.slug, steps(script, 1), choices, writable
    )
