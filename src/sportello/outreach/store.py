"""Every statement on the log of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Message(Struct, frozen=True):
    """A mail to a patient about an appointment, and what became of it."""

    id: UUID
    appointment: UUID
    sequence: int
    kind: str
    recipient: str
    language: str
    status: str
    tries: int
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


_READ = (
    "select id, appointment, sequence, kind, recipient, language, status, tries, last_error, created_at, sent_at"
    " from outreach.message"
)


async def add(
    tx: Transaction, message: UUID, appointment: UUID, sequence: int, kind: str, recipient: str, language: str,
    at: datetime,
) -> bool:  # fmt: skip
    """False when this change of this appointment was already written about."""
    added: Any = await tx.fetchval(
        "insert into outreach.message (id, appointment, sequence, kind, recipient, language, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (appointment, sequence, kind) do nothing returning id",
        message,
        appointment,
        sequence,
        kind,
        recipient,
        language,
        at,
    )
    return added is not None


async def read(tx: Transaction, message: UUID, *, lock: bool = False) -> Message | None:
    """`lock` keeps a second worker from sending it too."""
    row = await tx.fetchrow(f"{_READ} where id = $1{' for update' if lock else ''}", message)
    return Message(*row) if row else None


async def about(tx: Transaction, appointment: UUID) -> list[Message]:
    """All that was written about an appointment, the latest first."""
    rows = await tx.fetch(f"{_READ} where appointment = $1 order by created_at desc", appointment)
    return [Message(*row) for row in rows]


async def sent(tx: Transaction, message: UUID, at: datetime) -> None:
    await tx.execute(
        "update outreach.message set status = 'sent', tries = tries + 1, sent_at = $2, last_error = null where id = $1",
        message,
        at,
    )


async def not_sent(tx: Transaction, message: UUID, status: str, error: str) -> None:
    """A failed try; the status says whether others follow."""
    await tx.execute(
        "update outreach.message set status = $2, tries = tries + 1, last_error = $3 where id = $1",
        message,
        status,
        error,
    )


async def set_status(tx: Transaction, message: UUID, status: str) -> None:
    await tx.execute("update outreach.message set status = $2, tries = 0 where id = $1", message, status)
