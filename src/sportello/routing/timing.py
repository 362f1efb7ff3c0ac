"""The timers of conversations: one durable job each, which looks at the last words, does what is due, and comes again.

No message writes a job: whoever speaks is seen when the timer looks. While it decides it holds the conversation and its
stream, so no word is overlooked, and none comes in between.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations.events import Moved
from sportello.conversations.moves import NoSuchConversation, locked, move
from sportello.conversations.posting import say
from sportello.conversations.quiet import last_words
from sportello.conversations.states import State
from sportello.conversations.store import Conversation, activity, lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.routing import planning
from sportello.routing.plan.parts import Timers
from sportello.routing.silence import Due, Silence, Step, due, look_at

_WATCHED = (State.ACTIVE, State.WAITING, State.WRAP_UP)


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """The timer begins anew with every state an agent has, and ends with them."""
    if event.target in _WATCHED:
        talk = await locked(tx, event.conversation)
        timers = await _timers(house, tx, talk)
        # What was said before counts when the timer looks; it is not read on the way of every move.
        fresh = Silence(talk.state, talk.state_since, talk.accepted_at or talk.state_since)
        await _arm(house, tx, talk, timers, due(timers, fresh))
    elif event.source in _WATCHED:
        await house.jobs.cancel(tx, _key(event.conversation))


@job("routing.quiet")
async def look(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Does what is due in one conversation, and promises the next look."""
    try:
        talk = await locked(tx, UUID(payload["conversation"]))
    except NoSuchConversation:
        return
    timers = await _timers(house, tx, talk)
    found = await _due(tx, talk, timers)
    if found and found.at <= house.clock.now():
        await _do(house, tx, talk, timers, found.step)
        talk = await locked(tx, talk.id)
        found = await _due(tx, talk, timers)
    await _arm(house, tx, talk, timers, found)


@job("routing.quiet-all")
async def arm_all(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """After a start: every conversation that an agent has is looked at, should its promise have been lost."""
    for conversation in await lists.with_agents(tx):
        await house.jobs.enqueue(
            tx, "routing.quiet", {"conversation": str(conversation)}, dedupe_key=_key(conversation),
            run_at=house.clock.now() + timedelta(seconds=2),
        )  # fmt: skip


async def _timers(house: House, tx: Transaction, talk: Conversation) -> Timers:
    return (await planning.current(house, tx)).workstream(talk.channel).timers


async def _due(tx: Transaction, talk: Conversation, timers: Timers) -> Due | None:
    if talk.state not in _WATCHED:
        return None
    words = await last_words(tx, talk)
    return due(
        timers,
        Silence(
            talk.state, talk.state_since, talk.accepted_at or talk.state_since, words.patient_at, words.agent_at,
            words.unanswered_at, words.patient_reminded_at, words.agent_reminded_at,
        ),
    )  # fmt: skip


async def _do(house: House, tx: Transaction, talk: Conversation, timers: Timers, step: Step) -> None:
    now = house.clock.now()
    match step:
        case Step.REMIND_PATIENT:
            if not timers.reminder.empty:
                await say(house, tx, talk.id, timers.reminder.said(talk.language), sender="system")
            await activity.reminded(tx, talk.id, "patient", now)
        case Step.REMIND_AGENT:
            body = {"conversation": str(talk.id), "name": talk.visitor_name}
            await house.streams.append(tx, f"desk:{talk.agent}", "reminder", body, audience="staff")
            await activity.reminded(tx, talk.id, "agent", now)
        case Step.WAIT:
            await move(house, tx, talk.id, State.WAITING, expected=State.ACTIVE, by=SYSTEM, reason="silence")
        case Step.CLOSE:
            if not timers.goodbye.empty:
                await say(house, tx, talk.id, timers.goodbye.said(talk.language), sender="system")
            await move(house, tx, talk.id, State.CLOSED, expected=talk.state, by=SYSTEM, reason="silence")
        case Step.FINISH:
            await move(house, tx, talk.id, State.CLOSED, expected=State.WRAP_UP, by=SYSTEM, reason="wrap-up-over")


async def _arm(house: House, tx: Transaction, talk: Conversation, timers: Timers, found: Due | None) -> None:
    again = look_at(timers, talk.state, found, house.clock.now())
    if again is not None:
        payload = {"conversation": str(talk.id)}
        await house.jobs.enqueue(tx, "routing.quiet", payload, run_at=again, dedupe_key=_key(talk.id))


def _key(conversation: UUID) -> str:
    return f"routing.quiet:{conversation}"
