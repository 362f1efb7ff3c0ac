"""Every statement on the log of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction


class Message(Struct, frozen=True, kw_only=True):
    """A mail to a patient about an appointment, and what became of it."""

    id: UUID
    appointment: UUID
    patient: str
    sequence: int
    kind: str
    part: str = ""
    recipient: str
    language: str
    details: dict[str, str] = {}
    not_after: datetime | None = None
    envelope: str | None = None
    status: str = "waiting"
    tries: int = 0
    last_error: str | None = None
    created_at: datetime
    sending_until: datetime | None = None
    sent_at: datetime | None = None
    delayed_at: datetime | None = None
    returned_at: datetime | None = None


_READ = (
    "select id, appointment, patient, sequence, kind, part, recipient, language, details, not_after, envelope, status,"
    " tries, last_error, created_at, sending_until, sent_at, delayed_at, returned_at from outreach.message"
)


async def add(tx: Transaction, one: Message) -> bool:
    """False when this change of this appointment was already written about."""
    added: Any = await tx.fetchval(
        "insert into outreach.message (id, appointment, patient, sequence, kind, part, recipient, language, details,"
        " not_after, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " on conflict (appointment, sequence, kind, part) do nothing returning id",
        one.id, one.appointment, one.patient, one.sequence, one.kind, one.part, one.recipient, one.language,
        one.details, one.not_after, one.created_at,
    )  # fmt: skip
    return added is not None


async def read(tx: Transaction, message: UUID, *, lock: bool = False) -> Message | None:
    """`lock` keeps a second worker from sending it too."""
    row = await tx.fetchrow(f"{_READ} where id = $1{' for update' if lock else ''}", message)
    return _message(row) if row else None


async def about(tx: Transaction, appointment: UUID) -> list[Message]:
    """All that was written about an appointment, the latest first."""
    rows = await tx.fetch(f"{_READ} where appointment = $1 order by created_at desc, id desc", appointment)
    return [_message(row) for row in rows]


async def of_patient(tx: Transaction, patient: str, at_most: int) -> list[Message]:
    """All that was written to a patient, the latest first."""
    rows = await tx.fetch(f"{_READ} where patient = $1 order by created_at desc, id desc limit $2", patient, at_most)
    return [_message(row) for row in rows]


async def to_patient(tx: Transaction, patient: str, before: datetime | None, limit: int) -> list[Message]:
    """What was written to a patient before a moment, the latest first."""
    rows = await tx.fetch(
        f"{_READ} where patient = $1 and ($2::timestamptz is null or coalesce(sent_at, created_at) < $2)"
        " order by coalesce(sent_at, created_at) desc limit $3",
        patient, before, limit,
    )  # fmt: skip
    return [_message(row) for row in rows]


async def of_envelope(tx: Transaction, envelope: str) -> Message | None:
    """The message whose returned mail comes to this address; locked."""
    row = await tx.fetchrow(f"{_READ} where envelope = $1 for update", envelope)
    return _message(row) if row else None


async def sending(tx: Transaction, message: UUID, envelope: str, until: datetime) -> None:
    """A worker has it in hand."""
    await tx.execute(
        "update outreach.message set status = 'sending', envelope = coalesce(envelope, $2), sending_until = $3"
        " where id = $1",
        message, envelope, until,
    )  # fmt: skip


async def sent(tx: Transaction, message: UUID, at: datetime) -> None:
    await tx.execute(
        "update outreach.message set status = 'sent', tries = tries + 1, sent_at = $2, last_error = null,"
        " sending_until = null where id = $1 and status = 'sending'",
        message, at,
    )  # fmt: skip


async def not_sent(tx: Transaction, message: UUID, status: str, error: str) -> None:
    """A failed try; the status says whether others follow."""
    await tx.execute(
        "update outreach.message set status = $2, tries = tries + 1, last_error = $3, sending_until = null"
        " where id = $1",
        message, status, error,
    )  # fmt: skip


async def set_status(tx: Transaction, message: UUID, status: str) -> None:
    await tx.execute(
        "update outreach.message set status = $2, tries = 0, sending_until = null where id = $1", message, status
    )


async def redirect(tx: Transaction, message: UUID, recipient: str) -> None:
    """Waits to be sent anew, perhaps to another address; what returns for the old one no longer counts."""
    await tx.execute(
        "update outreach.message set status = 'waiting', tries = 0, recipient = $2, envelope = null, last_error = null,"
        " sending_until = null, delayed_at = null, returned_at = null where id = $1",
        message, recipient,
    )  # fmt: skip


async def delayed(tx: Transaction, message: UUID, at: datetime) -> None:
    await tx.execute("update outreach.message set delayed_at = $2 where id = $1", message, at)


async def returned(tx: Transaction, message: UUID, code: str, at: datetime) -> None:
    """The mail came back, with the status code of RFC 3463."""
    await tx.execute(
        "update outreach.message set status = 'returned', last_error = $2, returned_at = $3 where id = $1",
        message, code, at,
    )  # fmt: skip


def _message(row: Any) -> Message:
    return msgspec.convert(dict(row), Message)
