"""Every SQL statement of the Direct Line server."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Writer(Protocol):
    """The database or a transaction: something to write to."""

    async def execute(self, sql: str, *args: object) -> Any: ...


class Talk(Struct, frozen=True):
    """A conversation begun over Direct Line: by whose secret, and under which name its client knows the user."""

    conversation: UUID
    machine: UUID
    user_id: str


async def add(tx: Transaction, talk: Talk, now: datetime) -> bool:
    """False when it was begun before."""
    done = await tx.execute(
        "insert into adapters.direct_line_talk (conversation, machine, user_id, created_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        talk.conversation, talk.machine, talk.user_id, now,
    )  # fmt: skip
    return done.endswith("1")


async def read(reader: Reader, conversation: UUID) -> Talk | None:
    row = await reader.fetchrow(
        "select conversation, machine, user_id from adapters.direct_line_talk where conversation = $1", conversation
    )
    return Talk(**row) if row else None


async def name_activity(writer: Writer, conversation: UUID, message: UUID, client_name: str) -> None:
    """What the client calls a message that is about to be posted."""
    await writer.execute(
        "insert into adapters.direct_line_activity (conversation, message, client_name) values ($1, $2, $3)"
        " on conflict do nothing",
        conversation, message, client_name,
    )  # fmt: skip


async def names(reader: Reader, conversation: UUID, messages: Collection[UUID]) -> dict[UUID, str]:
    """What the client called each of these messages."""
    rows = await reader.fetch(
        "select message, client_name from adapters.direct_line_activity"
        " where conversation = $1 and message = any($2::uuid[])",
        conversation, list(messages),
    )  # fmt: skip
    return {row["message"]: row["client_name"] for row in rows}
