"""Hands a conversation from the bot to people: it ends in a queue, with what a person needs to know at first sight."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from sportello.administration.actor import BOT, Actor
from sportello.conversations import rules
from sportello.conversations.events import Escalated
from sportello.conversations.moves import locked, move
from sportello.conversations.ports import Place, Placing
from sportello.conversations.refusals import moved_on
from sportello.conversations.states import State
from sportello.conversations.store import talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

GENERAL = "general"
MOST_SUMMARY = 2_000


async def escalate(
    house: House,
    tx: Transaction,
    conversation: UUID,
    *,
    reason: str,
    summary: str | Mapping[str, str] = "",
    topic: str | None = None,
    priority: int = 0,
    context: dict[str, Any] | None = None,
    queue: str = "",
    by: Actor = BOT,
) -> Conversation:
    """Puts a conversation of the bot into a queue and leaves a `context` event for staff.

    Asked again when it is with people already, it answers the conversation as it stands and changes nothing; raises
    NotPossible only when it has ended. `reason` is a code (`asked`, `red-flag`, `not-understood`, `failure`...);
    a higher `priority` is offered sooner. `queue` is which one was asked for: where it
    goes is said by the plan. A `summary` in several languages is read in the agent's own, a single text as it is.
    """
    before = await locked(tx, conversation)
    if before.state in (State.WRAP_UP, State.CLOSED):
        raise moved_on(before.state)
    if before.state is not State.BOT:
        return before
    topic = rules.clean_name(topic or "") or before.topic
    known, told = context or {}, {"": summary} if isinstance(summary, str) else summary
    summaries = {language: rules.clean_block(text, MOST_SUMMARY) for language, text in told.items()}
    first = summaries.get(house.settings.clinic.languages[0]) or next(iter(summaries.values()), "")
    summaries.pop("", None)
    await talks.describe(tx, conversation, topic, first, summaries, reason, priority, known)
    described = msgspec.structs.replace(
        before, topic=topic, summary=first, summaries=summaries, reason=reason, priority=priority,
        context=before.context | known,
    )  # fmt: skip
    placing: Placing | None = house.ports.get(Placing)
    place = await placing(house, tx, described, queue) if placing else Place(queue or GENERAL, priority)
    if place.priority != priority:
        await talks.set_priority(tx, conversation, place.priority)
    body = {"reason": reason, "summary": first, "topic": topic, "priority": place.priority, "context": known}
    await house.streams.append(tx, before.stream, "context", body, sender=by.kind, audience="staff", client_id=uuid7())
    moved = await move(
        house, tx, conversation, State.QUEUED, expected=State.BOT, by=by, queue=place.queue, reason=reason
    )
    await house.news.announce(tx, Escalated(conversation, place.queue, place.priority, reason))
    return msgspec.structs.replace(
        moved, topic=topic, summary=first, summaries=summaries, reason=reason, priority=place.priority,
        context=described.context,
    )  # fmt: skip
