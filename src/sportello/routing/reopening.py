"""A patient who writes again in time comes back to the same conversation, and if possible to the same agent."""

from datetime import timedelta
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations import rules
from sportello.conversations.moves import locked, move
from sportello.conversations.states import State
from sportello.conversations.store import Conversation, talks
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import store as events_of
from sportello.routing import planning
from sportello.routing.places import may_have
from sportello.routing.plan.parts import Workstream
from sportello.routing.store import presences

_LAST = 12  # events looked at for a supervisor's closing


async def reopen(house: House, tx: Transaction, conversation: UUID) -> bool:
    """True when the patient can write (again): the talk goes on with its agent, in its queue, or with the bot.

    False when the time to come back is over, or when a supervisor closed it with a reason.
    """
    talk = await locked(tx, conversation)
    if rules.patient_may_write(talk.state):
        return True
    workstream = (await planning.current(house, tx)).workstream(talk.channel)
    if talk.state is State.CLOSED and not await _in_time(house, tx, talk, workstream):
        return False
    await talks.reopened(tx, conversation, house.clock.now())
    if talk.agent is None and workstream.bot_first:
        await move(house, tx, conversation, State.BOT, expected=talk.state, by=SYSTEM, reason="reopened")
        return True
    # In the after-work the agent holds the place still.
    if talk.agent and (talk.state is State.WRAP_UP or await may_have(house, tx, talk.agent, talk)):
        await move(
            house, tx, conversation, State.ACTIVE, expected=talk.state, by=SYSTEM, agent=talk.agent,
            agent_name=talk.agent_name, reason="reopened",
        )  # fmt: skip
        await presences.served(tx, talk.agent, house.clock.now())
        return True
    await talks.set_reason(tx, conversation, "reopened")
    await move(
        house, tx, conversation, State.QUEUED, expected=talk.state, by=SYSTEM, queue=talk.queue or workstream.fallback,
        reason="reopened",
    )  # fmt: skip
    return True


async def _in_time(house: House, tx: Transaction, talk: Conversation, workstream: Workstream) -> bool:
    within = timedelta(seconds=workstream.timers.reopen_within)
    if talk.closed_at is None or house.clock.now() > talk.closed_at + within:
        return False
    head = (await events_of.heads(tx, [talk.stream]))[talk.stream]["last_seq"]
    ending = await events_of.since(tx, talk.stream, max(0, head - _LAST), _LAST)
    last = next((one for one in reversed(ending) if one.kind == "moved"), None)
    return last is None or last.body.get("reason") != "force-closed"
