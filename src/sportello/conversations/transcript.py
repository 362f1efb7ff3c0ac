"""The transcript as rows: a page of forty before a number, for staff or for the patient."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from sportello.conversations.links import Part, parts
from sportello.conversations.store import activity, redactions
from sportello.conversations.store.redactions import Redaction
from sportello.conversations.store.talks import Conversation, Reader
from sportello.kit.house import House
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of

PAGE = 40
_WINDOW = 120  # numbers looked at in one read: not every event is a row
_SHOWN = frozenset({"message", "note", "moved", "party"})


class Row(Struct, frozen=True):
    """One row of a transcript; the template `conversations/_message.html` shows it, live rows are filled alike."""

    id: str
    seq: int
    kind: str
    sender: str
    at: datetime
    name: str
    text: str
    state: str
    body: dict[str, Any]
    removed: Redaction | None = None

    @property
    def parts(self) -> list[Part]:
        """The text in pieces, web addresses apart."""
        return parts(self.text)


class Page(Struct, frozen=True):
    """Rows in order; `first` is the number to ask for older ones before, `last` the stream's number at the time of
    reading, from which the line goes on; `complete` tells that nothing stands before the first row.
    """

    rows: list[Row]
    first: int
    last: int
    complete: bool


async def page(
    house: House,
    conversation: Conversation,
    *,
    before: int | None = None,
    audience: Literal["all", "staff"] = "staff",
    limit: int = PAGE,
    reader: Reader | None = None,
) -> Page:
    """The last `limit` rows, or those numbered below `before`; who may read is decided by the caller.

    Within a transaction give it as `reader`: the pool may have no second connection to spare.
    """
    reader = reader or house.db
    stream = conversation.stream
    heads = await events_of.heads(reader, [stream])
    last = int(heads[stream]["last_seq"]) if stream in heads else 0
    marks = await activity.marks_of(reader, conversation.id)
    end = last + 1 if before is None else max(1, min(before, last + 1))
    shown: list[Event] = []
    while end > 1 and len(shown) < limit:
        start = max(0, end - 1 - _WINDOW)
        window = await events_of.since(reader, stream, start, end - 1 - start, audience)
        # Where events are hidden the read reaches beyond the window: what lies there is known already.
        shown = [e for e in window if e.seq < end and e.kind in _SHOWN] + shown
        end = start + 1
    removed = await redactions.of(reader, conversation.id)
    rows = [_row(event, marks, removed) for event in shown[-limit:]]
    return Page(rows, rows[0].seq if rows else 1, last, complete=end <= 1 and len(shown) <= limit)


def _row(event: Event, marks: dict[str, int], removed: dict[int, Redaction]) -> Row:
    body = event.body
    sender = event.sender.partition(":")[0]
    return Row(
        id=f"m-{event.client_id or event.seq}",
        seq=event.seq,
        kind=event.kind,
        sender=sender,
        at=event.at,
        name=str(body.get("name", "")),
        text=str(body.get("text", "")),
        state=_state(event, sender, marks),
        body=body,
        removed=removed.get(event.seq),
    )


class Hit(Struct, frozen=True):
    """A message in which words were found."""

    seq: int
    sender: str
    at: datetime
    name: str
    text: str


MOST_HITS = 50
_AROUND = 60  # characters shown on each side of what was found


async def search(reader: Reader, conversation: Conversation, text: str) -> list[Hit]:
    """The newest messages and notes that hold the words, also far back; who may read is decided by the caller."""
    sought = " ".join(text.split())[:200]
    if not sought:
        return []
    events = await events_of.containing(reader, conversation.stream, ["message", "note"], sought, MOST_HITS)
    return [
        Hit(e.seq, e.sender.partition(":")[0], e.at, str(e.body.get("name", "")), _excerpt(e.body["text"], sought))
        for e in events
    ]


def _excerpt(text: str, sought: str) -> str:
    text = " ".join(text.split())
    place = max(0, text.lower().find(sought.lower()))
    start, end = max(0, place - _AROUND), place + len(sought) + _AROUND
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _state(event: Event, sender: str, marks: dict[str, int]) -> str:
    """How far it came: kept by the house, arrived at the patient's device, read by the other side."""
    if sender == "patient":
        read = any(seq >= event.seq for reader, seq in marks.items() if reader.startswith("agent:"))
        return "seen" if read else "sent"
    if marks.get("patient", 0) >= event.seq:
        return "seen"
    return "delivered" if marks.get(activity.PATIENTS_DEVICE, 0) >= event.seq else "sent"


def merged(rows: Iterable[Row], more: Iterable[Row]) -> list[Row]:
    """Two lists of rows as one in the stream's order; of two with one number the second counts."""
    by_seq = {row.seq: row for row in (*rows, *more)}
    return [by_seq[seq] for seq in sorted(by_seq)]
