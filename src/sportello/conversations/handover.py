"""From the bot to a person: nothing is asked of the queue but to hold it, so a handover cannot fail for want of agents."""

from typing import Any
from uuid import UUID

from sportello.administration.actor import BOT, Actor
from sportello.conversations import store
from sportello.conversations.events import Escalated
from sportello.conversations.moves import locked, move
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House

DEFAULT_QUEUE = "general"


async def escalate(
    house: House,
    tx: Transaction,
    conversation: UUID,
    *,
    reason: str,
    summary: str = "",
    topic: str | None = None,
    priority: int = 0,
    context: dict[str, Any] | None = None,
    queue: str = DEFAULT_QUEUE,
    by: Actor = BOT,
) -> Conversation:
    """Puts a conversation into a queue with what the person needs to know; escalating twice is the same as once.

    `summary` and `context` go to staff only. Announces Escalated, on which routing looks for an agent.
    """
    found = await locked(tx, conversation)
    if found.state is not State.BOT:
        return found
    await store.set_escalation(tx, conversation, queue, priority, reason, summary, topic, context or {})
    moved = await move(house, tx, conversation, State.QUEUED, expected=State.BOT, by=by, reason=reason)
    body = {"summary": summary, "topic": topic or "", "reason": reason, "context": context or {}}
    await house.streams.append(tx, found.stream, "context", body, sender="bot", audience="staff")
    await house.news.announce(tx, Escalated(conversation, queue, priority))
    return moved
