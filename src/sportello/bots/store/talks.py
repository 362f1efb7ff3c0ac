"""Every statement on talks with a bot."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """A database or a transaction."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Talk(Struct, frozen=True):
    """Where a talk stands; `cursor` is the last number of the stream that was looked at."""

    conversation: UUID
    memory: dict[str, Any]
    cursor: int
    turns: int
    last_at: datetime
    ended_at: datetime | None


class Turn(Struct, frozen=True):
    """One turn for the record; `seq` numbers the patient's words in the stream, `library` tells what spoke."""

    number: int
    seq: int
    wish: str
    score: int
    edition: str
    outcome: str
    memory_before: dict[str, Any]
    library: str = ""
    reason: str = ""
    missed: bool = False
    heard: list[Any] = []
    advice: dict[str, str] | None = None


_COLUMNS = "conversation, memory, cursor, turns, last_at, ended_at"


def _talk(row: Any) -> Talk | None:
    return Talk(**dict(row)) if row else None


async def begin(tx: Transaction, conversation: UUID, memory: dict[str, Any], now: datetime) -> None:
    """Twice is the same as once."""
    await tx.execute(
        "insert into bots.session (conversation, memory, cursor, turns, opened_at, last_at)"
        " values ($1, $2, 0, 0, $3, $3) on conflict do nothing",
        conversation,
        memory,
        now,
    )


async def resume(tx: Transaction, conversation: UUID, memory: dict[str, Any], cursor: int, now: datetime) -> None:
    """The bot has a part in it again, with a fresh memory; what was said up to `cursor` was for people."""
    await tx.execute(
        """insert into bots.session (conversation, memory, cursor, turns, opened_at, last_at)
        values ($1, $2, $3, 0, $4, $4)
        on conflict (conversation) do update set memory = $2, cursor = $3, last_at = $4, ended_at = null""",
        conversation,
        memory,
        cursor,
        now,
    )


async def get(reader: Reader, conversation: UUID) -> Talk | None:
    return _talk(await reader.fetchrow(f"select {_COLUMNS} from bots.session where conversation = $1", conversation))  # noqa: S608


async def lock(tx: Transaction, conversation: UUID) -> Talk | None:
    """The talk, held until the end of the transaction: turns are taken one after the other."""
    return _talk(
        await tx.fetchrow(f"select {_COLUMNS} from bots.session where conversation = $1 for update", conversation)  # noqa: S608
    )


async def keep(
    tx: Transaction, conversation: UUID, memory: dict[str, Any], cursor: int, turns: int, now: datetime, *, ended: bool
) -> None:
    await tx.execute(
        "update bots.session set memory = $2, cursor = $3, turns = $4, last_at = $5,"
        " ended_at = case when $6 then coalesce(ended_at, $5) end where conversation = $1",
        conversation,
        memory,
        cursor,
        turns,
        now,
        ended,
    )


async def end(tx: Transaction, conversation: UUID, cursor: int, now: datetime) -> None:
    """The bot has no more part in it; what the patient writes up to `cursor` and later is for people."""
    await tx.execute(
        "update bots.session set cursor = greatest(cursor, $2), ended_at = coalesce(ended_at, $3)"
        " where conversation = $1",
        conversation,
        cursor,
        now,
    )


async def caught_up(db: Any, conversation: UUID, cursor: int) -> None:
    """Nothing of the patient's stands before `cursor`."""
    await db.execute(
        "update bots.session set cursor = $2 where conversation = $1 and cursor < $2", conversation, cursor
    )


async def open_talks(reader: Reader) -> list[Talk]:
    """Talks that the bot has in hand, the longest silent first."""
    rows = await reader.fetch(f"select {_COLUMNS} from bots.session where ended_at is null order by last_at")  # noqa: S608
    return [talk for row in rows if (talk := _talk(row))]


async def add_turn(tx: Transaction, conversation: UUID, turn: Turn, now: datetime) -> None:
    await tx.execute(
        "insert into bots.turn (conversation, number, seq, at, wish, score, edition, outcome, memory_before, library,"
        " reason, missed, heard, advice)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        conversation,
        turn.number,
        turn.seq,
        now,
        turn.wish,
        turn.score,
        turn.edition,
        turn.outcome,
        turn.memory_before,
        turn.library,
        turn.reason,
        turn.missed,
        turn.heard,
        turn.advice,
    )


async def turns_of(reader: Reader, conversation: UUID) -> list[Turn]:
    """The record of a talk, in order."""
    rows = await reader.fetch(
        "select number, seq, wish, score, edition, outcome, memory_before, library, reason, missed, heard, advice"
        " from bots.turn where conversation = $1 order by number",
        conversation,
    )
    return [Turn(**dict(row)) for row in rows]


async def keep_feedback(tx: Transaction, conversation: UUID, article: str, helpful: bool, now: datetime) -> None:
    """The last word on an article counts."""
    await tx.execute(
        "insert into bots.feedback (conversation, article, helpful, at) values ($1, $2, $3, $4)"
        " on conflict (conversation, article) do update set helpful = excluded.helpful, at = excluded.at",
        conversation,
        article,
        helpful,
        now,
    )
