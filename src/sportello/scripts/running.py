"""Does, marks and reopens steps; the last run counts, and only the agent who has the conversation may."""

from uuid import UUID

from sportello.administration.actor import Actor
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.states import WITH_AGENT
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scripts import store
from sportello.scripts.events import StepDone
from sportello.scripts.intents import Intent
from sportello.scripts.macros import run_macro
from sportello.scripts.texts import StepText

NO_STEP = N_("This step does not exist any more.")


async def mark(
    house: House, tx: Transaction, actor: Actor, conversation: UUID, script: str, step: str, outcome: str
) -> None:
    """`outcome` is done, failed, or open (not yet done). Raises NotPossible."""
    await _own(tx, actor, conversation)
    await _step(tx, script, step)
    if outcome == "open":
        await store.reopen(tx, conversation, script, step)
        return
    await _record(house, tx, actor, conversation, script, step, "failed" if outcome == "failed" else "done")


async def run(
    house: House, tx: Transaction, actor: Actor, conversation: UUID, script: str, step: str, once: str = ""
) -> Intent:
    """Runs a macro step. What it refuses is kept as failed, with the reason for the agent."""
    talk = await _own(tx, actor, conversation)
    found = await _step(tx, script, step)
    if found.kind != "macro":
        raise NotPossible(NO_STEP, "unknown")
    try:
        intent = await run_macro(house, tx, actor, talk, found.macro, {**found.arguments, "once": once})
    except NotPossible as refusal:
        intent = Intent(failed=refusal.message)
    await _record(house, tx, actor, conversation, script, step, "failed" if intent.failed else "done")
    return intent


async def switch(house: House, tx: Transaction, actor: Actor, conversation: UUID, script: str) -> None:
    """Follows another script from now on. Raises NotPossible."""
    await _own(tx, actor, conversation)
    if not await store.choose(tx, conversation, script, actor.id, house.clock.now()):
        raise NotPossible(N_("This script does not exist any more."), "unknown")


async def _record(
    house: House, tx: Transaction, actor: Actor, conversation: UUID, script: str, step: str, outcome: store.Outcome
) -> None:
    done = store.Run(conversation, script, step, outcome, actor.id, actor.name)
    await store.record(tx, done, house.clock.now())
    await house.news.announce(tx, StepDone(conversation, script, step, outcome, actor.id))


async def _own(tx: Transaction, actor: Actor, conversation: UUID) -> Conversation:
    talk = await locked(tx, conversation)
    if str(talk.agent) != actor.id or talk.state not in WITH_AGENT:
        raise not_yours(talk.state)
    return talk


async def _step(tx: Transaction, script: str, step: str) -> StepText:
    found = await store.by_slug(tx, script)
    wanted = next((one for one in found.steps if one.slug == step), None) if found else None
    if wanted is None:
        raise NotPossible(NO_STEP, "unknown")
    return wanted
