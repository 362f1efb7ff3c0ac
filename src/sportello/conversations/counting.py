"""Counts what an agent has not read and since when the patient waits: exact, from the stream's own order, whatever
process said what; told to the desk when it changes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from sportello.conversations.store import activity
from sportello.conversations.store.activity import Count
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of

MOST = 100  # more is not counted: the desk says "99+"
_PAGE = 200


class Word(NamedTuple):
    """What counts of an event: its number, whose message it is ("" when it is none), and when."""

    seq: int
    side: str
    at: datetime


def word_of(event: Event) -> Word:
    """An event as it counts."""
    said = event.kind == "message" and event.audience == "all"
    return Word(event.seq, event.sender.partition(":")[0] if said else "", event.at)


def read_from(count: Count) -> int:
    """The number above which words are wanted: where the last count ended, or the agent's mark if it has moved."""
    return count.counted_to if count.mark == count.counted_from else min(count.mark, count.counted_to)


def counted(count: Count, words: Iterable[Word]) -> Count:
    """The count after the words above `read_from`, in order. The agent's words answer, the patient's wait."""
    fresh = count.mark != count.counted_from
    unread, upto, unanswered = 0 if fresh else count.unread, count.counted_to, count.unanswered_at
    for word in words:
        if word.side == "patient" and word.seq > count.mark:
            unread += 1
        if word.seq <= upto:
            continue
        upto = word.seq
        if word.side == "agent":
            unanswered = None
        elif word.side == "patient" and unanswered is None:
            unanswered = word.at
    return msgspec.structs.replace(
        count, unread=min(unread, MOST), counted_from=count.mark, counted_to=upto, unanswered_at=unanswered
    )


async def count_on(house: House, tx: Transaction, heard: Mapping[UUID, list[Word]]) -> None:
    """Counts on in those of the conversations that an agent has; what this process heard without a gap is not read."""
    before = await activity.lock_counts(tx, list(heard))
    after: dict[UUID, Count] = {}
    behind: dict[str, Count] = {}
    for count in before:
        words = [word for word in heard[count.conversation] if word.seq > read_from(count)]
        if _whole(count, words):
            after[count.conversation] = counted(count, words)
        else:
            behind[f"conversation:{count.conversation}"] = count
    await _read_on(tx, behind, after)
    await activity.keep_counts(tx, list(after.values()))
    for count in before:
        if after[count.conversation].unread != count.unread:
            body = {"conversation": str(count.conversation), "unread": after[count.conversation].unread}
            await house.streams.append(tx, f"desk:{count.agent}", "unread", body, audience="staff")


def _whole(count: Count, words: list[Word]) -> bool:
    """Whether the words are all there are above `read_from`, as far as anybody knows."""
    start = read_from(count)
    if not words:
        return count.last_seq <= start
    return words[-1].seq - start == len(words) and words[-1].seq >= count.last_seq


async def _read_on(tx: Transaction, behind: dict[str, Count], after: dict[UUID, Count]) -> None:
    words: dict[str, list[Word]] = {stream: [] for stream in behind}
    cursors = {stream: read_from(count) for stream, count in behind.items()}
    while cursors:
        events = await events_of.since_each(tx, cursors, _PAGE)
        got = dict.fromkeys(cursors, 0)
        for event in events:
            words[event.stream].append(word_of(event))
            got[event.stream] += 1
        cursors = {stream: words[stream][-1].seq for stream, number in got.items() if number == _PAGE}
    for stream, count in behind.items():
        after[count.conversation] = counted(count, words[stream])
