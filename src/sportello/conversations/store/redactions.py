"""Which messages were removed, by whom and why."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Redaction(Struct, frozen=True):
    """The trace of a removed message."""

    seq: int
    by_name: str
    why: str
    at: datetime


async def add(tx: Transaction, conversation: UUID, seq: int, by: UUID, name: str, why: str, at: datetime) -> bool:
    """False when it was removed already."""
    return bool(
        await tx.fetch(
            """insert into conversations.redaction (conversation, seq, by, by_name, why, at)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning seq""",
            conversation, seq, by, name, why, at,
        )
    )  # fmt: skip


async def of(reader: Reader, conversation: UUID) -> dict[int, Redaction]:
    """The traces by the message's number; there are few."""
    rows = await reader.fetch(
        "select seq, by_name, why, at from conversations.redaction where conversation = $1", conversation
    )
    return {row["seq"]: Redaction(**dict(row)) for row in rows}
