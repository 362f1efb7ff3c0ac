"""Lists of work with filters, page after page: an agent's own, those that can be picked, those that are closed.

Pages go on behind the last row shown (keyset), so a row that comes or goes meanwhile moves no other one.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import COLUMNS, FROM, Conversation, Reader, conversation
from sportello.kit.ids import as_uuid


class Kind(StrEnum):
    """Which work a list shows."""

    MINE = "mine"
    OPEN = "open"
    CLOSED = "closed"


class Filter(Struct, frozen=True):
    """What a list is narrowed to; empty is everything. `text` is sought in name, topic, summary and note; `since` and
    `until` bound when the conversation began (until is not included)."""

    agent: UUID | None = None
    queue: str = ""
    channel: str = ""
    language: str = ""
    patient: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


_WHERE = {
    Kind.MINE: "c.state in ('active', 'waiting', 'wrap_up')",
    Kind.OPEN: "c.state in ('queued', 'offered')",
    Kind.CLOSED: "c.state = 'closed'",
}
# Identifiers are given out in the order of time, so the newest closed work is found along its index.
_ORDER = {
    Kind.MINE: "c.accepted_at, c.id",
    Kind.OPEN: "c.priority desc, c.queued_at, c.id",
    Kind.CLOSED: "c.id desc",
}
_BEHIND = {
    Kind.MINE: "(c.accepted_at, c.id) > (${0}::timestamptz, ${1}::uuid)",
    Kind.OPEN: "(-c.priority, c.queued_at, c.id) > (${0}::integer, ${1}::timestamptz, ${2}::uuid)",
    Kind.CLOSED: "c.id < ${0}::uuid",
}


def cursor_of(kind: Kind, last: Conversation) -> str:
    """Where the page behind this row begins."""
    match kind:
        case Kind.MINE:
            parts: tuple[object, ...] = (last.accepted_at and last.accepted_at.isoformat(), last.id)
        case Kind.OPEN:
            parts = (-last.priority, last.queued_at and last.queued_at.isoformat(), last.id)
        case Kind.CLOSED:
            parts = (last.id,)
    return "|".join(str(part) for part in parts)


def read_cursor(kind: Kind, text: str) -> list[object] | None:
    """The cursor's values; None for no cursor, and for one that nobody was given."""
    parts = text.split("|")
    last = as_uuid(parts[-1])
    if last is None or len(parts) != _BEHIND[kind].count("$"):
        return None
    try:
        match kind:
            case Kind.MINE:
                return [datetime.fromisoformat(parts[0]), last]
            case Kind.OPEN:
                return [int(parts[0]), datetime.fromisoformat(parts[1]), last]
        return [last]
    except ValueError:
        return None


async def page(reader: Reader, kind: Kind, wanted: Filter, behind: str, limit: int) -> list[Conversation]:
    """Up to `limit` conversations behind a cursor (empty: from the first)."""
    clauses, values = _narrowed(wanted)
    if (cursor := read_cursor(kind, behind)) is not None:
        places = range(len(values) + 1, len(values) + 1 + len(cursor))
        clauses.append(_BEHIND[kind].format(*places))
        values += cursor
    values.append(limit)
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where {" and ".join([_WHERE[kind], *clauses])}
        order by {_ORDER[kind]} limit ${len(values)}""",
        *values,
    )
    return [conversation(row) for row in rows]


# As in the index `conversation_words`, to the letter; else it is not used.
WORDS = r"c.visitor_name || E'\n' || c.topic || E'\n' || c.summary || E'\n' || c.wrap_up_note"


def _narrowed(wanted: Filter) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    for column in ("agent", "queue", "channel", "language"):
        if value := getattr(wanted, column):
            values.append(value)
            clauses.append(f"c.{column} = ${len(values)}")
    if wanted.patient:
        values.append(wanted.patient)
        clauses.append(f"c.patient_id = ${len(values)}")
    for column, sign in (("since", ">="), ("until", "<")):
        if value := getattr(wanted, column):
            values.append(value)
            clauses.append(f"c.created_at {sign} ${len(values)}")
    if wanted.text:
        values.append(_like(wanted.text))
        clauses.append(f"({WORDS}) ilike ${len(values)}")
    return clauses, values


def _like(text: str) -> str:
    """A text to be found anywhere, with nothing in it that means more than itself."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


_RECENT = """select id from conversations.conversation where $2::uuid is null or agent = $2
    order by id desc limit 20000"""


async def by_name(reader: Reader, text: str, agent: UUID | None, limit: int) -> list[Conversation]:
    """The newest conversations whose visitor's name holds the text, of an agent or of everybody; among the last
    20,000, so that a name nobody has costs little."""
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where c.id in ({_RECENT}) and c.visitor_name ilike $1
        order by c.id desc limit $3""",
        _like(text),
        agent,
        limit,
    )
    return [conversation(row) for row in rows]


async def several(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Conversation]:
    """Conversations by their ids, in one question."""
    rows = await reader.fetch(f"select {COLUMNS} {FROM} where c.id = any($1::uuid[])", list(ids))
    return {row["id"]: conversation(row) for row in rows}


async def channels(reader: Reader) -> list[str]:
    """The channels that conversations came by, found by skipping along; there are few."""
    found: list[str] = []
    rows = await reader.fetch("select distinct channel from conversations.conversation where state <> 'closed'")
    found += [row["channel"] for row in rows]
    return sorted({"chat", *found})


async def closed_since(reader: Reader, agent: UUID | None, since: datetime) -> int:
    """How many conversations were closed since an instant, of an agent or of everybody."""
    row = await reader.fetchrow(
        """select count(*) as n from conversations.conversation
        where state = 'closed' and closed_at >= $2 and ($1::uuid is null or agent = $1)""",
        agent,
        since,
    )
    return int(row["n"])
