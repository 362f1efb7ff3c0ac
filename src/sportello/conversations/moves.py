"""The one way in which a conversation changes state or owner: one row lock, one check of the state that is left, one
event in its stream, and the news, all in the caller's transaction.
"""

from collections.abc import Sequence, Set
from typing import Any
from uuid import UUID

import msgspec

from sportello.administration.actor import Actor
from sportello.conversations import parties, rules
from sportello.conversations.events import Moved
from sportello.conversations.hearing import hearing_of
from sportello.conversations.refusals import NoSuchConversation, NotPossible, moved_on
from sportello.conversations.rules import IllegalMove
from sportello.conversations.states import IN_QUEUE, WITH_AGENT, State
from sportello.conversations.store import activity, talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

__all__ = ["IllegalMove", "NoSuchConversation", "NotPossible", "locked", "move", "offer_all", "requeue"]


async def locked(tx: Transaction, conversation: UUID) -> Conversation:
    """The conversation, held until the transaction ends; raises NoSuchConversation when there is none."""
    found = await talks.lock(tx, conversation)
    if found is None:
        raise NoSuchConversation
    return found


async def move(
    house: House,
    tx: Transaction,
    conversation: UUID,
    target: State,
    *,
    expected: State | Set[State],
    by: Actor,
    agent: UUID | None = None,
    agent_name: str = "",
    queue: str | None = None,
    reason: str = "",
) -> Conversation:
    """Moves a conversation to `target`, if it is still where the caller thinks; else raises NotPossible.

    `agent` (with `agent_name`) is wanted when the move gives the conversation to an agent; it is kept by itself from
    one state with an agent to another. `queue` is wanted on the first way into a queue and kept afterwards. `reason`
    is a code, never a text with personal data: it is shown to both sides and announced.
    """
    before = await locked(tx, conversation)
    if before.state not in ({expected} if isinstance(expected, State) else expected):
        raise moved_on(before.state)
    after = _changed(house, before, target, by, agent, agent_name, queue)
    await talks.change(tx, after)
    if after.agent is not None and after.agent != before.agent:
        await activity.start_count(tx, conversation, f"agent:{after.agent}", house.clock.now())
    await _tell(house, tx, before, after, by, reason)
    if before.state in WITH_AGENT:
        await parties.settle(house, tx, before, after, talking=rules.agent_may_write(after.state))
    return after


async def requeue(
    house: House, tx: Transaction, queued: Conversation, queue: str, *, by: Actor, reason: str
) -> Conversation:
    """Puts somebody who waits into another queue; how long they have waited counts there too."""
    return await move(house, tx, queued.id, State.QUEUED, expected=State.QUEUED, by=by, queue=queue, reason=reason)


async def offer_all(house: House, tx: Transaction, queued: Sequence[Conversation], by: Actor) -> None:
    """Moves many conversations, queued and held by the caller, to `offered`: as `move` would, in one statement."""
    after = [_changed(house, one, State.OFFERED, by, None, "", None) for one in queued]
    await talks.change_offered(tx, [one.id for one in queued], house.clock.now())
    for before, offered in zip(queued, after, strict=True):
        await _tell(house, tx, before, offered, by, "")


def _changed(
    house: House, before: Conversation, to: State, by: Actor, agent: UUID | None, agent_name: str, queue: str | None
) -> Conversation:
    now = house.clock.now()
    owner = rules.moved(rules.Standing(before.state, before.agent, before.queue), to, agent, queue)
    changes: dict[str, Any] = {"state": to, "state_since": now, "agent": owner.agent, "queue": owner.queue}
    if to in IN_QUEUE or to is State.BOT:
        changes["agent_name"] = ""
        if to in IN_QUEUE and before.state not in IN_QUEUE:
            changes["queued_at"] = now
    elif agent is not None:
        changes |= {"agent_name": agent_name, "accepted_at": now}
    if to in (State.WRAP_UP, State.CLOSED) and before.ended_at is None:
        changes |= {"ended_at": now, "ended_by": by.kind}
    if to is State.CLOSED:
        changes["closed_at"] = now
    elif to is not State.WRAP_UP and before.ended_at is not None:
        changes |= {"ended_at": None, "ended_by": "", "closed_at": None}
    return msgspec.structs.replace(before, **changes)


async def _tell(
    house: House, tx: Transaction, before: Conversation, after: Conversation, by: Actor, reason: str
) -> None:
    """The event in the stream, the fence that makes old rights stale, the desks, the board, and the rooms above."""
    stream, streams = after.stream, house.streams
    body: dict[str, Any] = {"from": before.state, "to": after.state, "by": by.kind}
    if after.agent is not None:
        body["agent_name"] = after.agent_name
    if reason:
        body["reason"] = reason
    # Who is asked, and says no, is the staff's business: the patient stays in the queue.
    hidden = after.state in IN_QUEUE and before.state in IN_QUEUE
    await streams.append(tx, stream, "moved", body, client_id=uuid7(), audience="staff" if hidden else "all")
    streams.fence(tx, stream)
    if after.state is State.CLOSED:
        streams.close(tx, stream)
    elif before.state is State.CLOSED:
        streams.reopen(tx, stream)
    for agent in {before.agent, after.agent} - {None}:
        told = {"conversation": str(after.id), "state": after.state}
        await streams.append(tx, f"desk:{agent}", "work", told, audience="staff")
    tx.after_commit(hearing_of(house).changed)
    await house.news.announce(
        tx, Moved(after.id, before.state, after.state, after.agent, before.agent, by.kind, reason)
    )
