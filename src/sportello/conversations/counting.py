"""Counts what an agent has not read: absolute figures from the stream itself, told to the desk when they change."""

from collections.abc import Collection
from uuid import UUID

from sportello.conversations.store import activity
from sportello.conversations.store.activity import Count
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of

MOST = 99  # more is not counted: the desk says "99+"
_AT_ONCE = 200


async def tell_unread(house: House, tx: Transaction, touched: Collection[UUID]) -> None:
    """Counts on in the conversations that an agent has, from the agent's mark or from where the last count ended."""
    wanted = [_begun(count, mark) for count, mark in await activity.lock_counts(tx, list(touched))]
    changed = [(old, new) for old, new in wanted if new.unread <= MOST]
    if not changed:
        return
    cursors = {_stream(new.conversation): new.counted_to for _, new in changed}
    heard: dict[str, list[Event]] = {}
    for event in await events_of.since_each(tx, cursors, _AT_ONCE):
        heard.setdefault(event.stream, []).append(event)
    counted = [(old, _counted(new, heard.get(_stream(new.conversation), []))) for old, new in changed]
    await activity.keep_counts(tx, [new for _, new in counted])
    for old, new in counted:
        if old.unread != new.unread:
            body = {"conversation": str(new.conversation), "unread": new.unread}
            await house.streams.append(tx, f"desk:{new.agent}", "unread", body, audience="staff")


def _stream(conversation: UUID) -> str:
    return f"conversation:{conversation}"


def _begun(count: Count, mark: int) -> tuple[Count, Count]:
    """The count as it was and as it goes on: from the start when the agent has read further meanwhile."""
    if mark == count.counted_from:
        return count, count
    return count, Count(count.conversation, count.agent, 0, mark, mark)


def _counted(count: Count, events: list[Event]) -> Count:
    new = sum(event.kind == "message" and event.sender == "patient" for event in events)
    upto = events[-1].seq if events else count.counted_to
    return Count(count.conversation, count.agent, min(count.unread + new, MOST + 1), count.counted_from, upto)
