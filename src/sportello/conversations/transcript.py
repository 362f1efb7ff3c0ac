"""The words of a conversation for reading: pages of rows, newest page first, oldest row first within it."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.streams import Event

PAGE = 40
SHOWN = {"message", "note", "moved", "context"}


class Row(Struct, frozen=True):
    """One row of the log; `side` says whose it is: patient, agent, bot, note or line (something that happened)."""

    seq: int
    id: str
    kind: str
    side: Literal["patient", "agent", "bot", "note", "line"]
    name: str
    text: str
    at: datetime
    body: dict[str, Any]


class Page(Struct, frozen=True):
    """A page of the log; `first` is the number to ask older rows before, `last` the cursor for the line."""

    rows: list[Row]
    first: int
    last: int
    complete: bool


def row_of(event: Event) -> Row:
    """An event as a row."""
    body = event.body
    return Row(
        seq=event.seq, id=str(event.client_id or f"{event.stream}-{event.seq}"), kind=event.kind,
        side=side_of(event.kind, event.sender), name=str(body.get("name", "")), text=str(body.get("text", "")),
        at=event.at, body=body,
    )  # fmt: skip


def side_of(kind: str, sender: str) -> Literal["patient", "agent", "bot", "note", "line"]:
    """On which side of the log an event stands."""
    if kind == "note":
        return "note"
    if kind != "message":
        return "line"
    if sender == "patient":
        return "patient"
    return "agent" if sender.startswith("agent:") else "bot"


async def page(
    house: House, conversation: Conversation, *, before: int | None = None, audience: Literal["all", "staff"] = "staff"
) -> Page:
    """At most forty shown rows before a number (None: the newest)."""
    last = await house.streams.head(conversation.stream)
    upper = last + 1 if before is None else min(before, last + 1)
    rows: list[Row] = []
    while upper > 1 and len(rows) < PAGE:
        lower = max(1, upper - 2 * PAGE)
        events = await house.streams.since(conversation.stream, lower - 1, upper - lower, audience)
        rows = [row_of(e) for e in events if e.seq < upper and e.kind in SHOWN] + rows
        upper = lower
    kept = rows[-PAGE:]
    first = kept[0].seq if kept else 1
    return Page(rows=kept, first=first, last=last, complete=upper <= 1 and len(rows) <= PAGE)
