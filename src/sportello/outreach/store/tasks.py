"""Every statement on what a person must see to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Task(Struct, frozen=True):
    """One thing to see to, about an appointment."""

    id: UUID
    kind: str
    appointment: UUID
    patient: str
    message: UUID | None
    at: datetime
    done_at: datetime | None = None


_READ = "select id, kind, appointment, patient, message, at, done_at from outreach.task"


async def add(tx: Transaction, one: Task) -> None:
    """At most one of a kind is open for an appointment."""
    await tx.execute(
        "insert into outreach.task (id, kind, appointment, patient, message, at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (kind, appointment) where done_at is null do update set message = excluded.message",
        one.id, one.kind, one.appointment, one.patient, one.message, one.at,
    )  # fmt: skip


async def waiting(tx: Transaction, at_most: int = 200) -> list[Task]:
    """Those that nobody has seen to, the oldest first."""
    rows = await tx.fetch(f"{_READ} where done_at is null order by at, id limit $1", at_most)
    return [Task(*row) for row in rows]


async def of_patient(tx: Transaction, patient: str) -> list[Task]:
    rows = await tx.fetch(f"{_READ} where patient = $1 and done_at is null order by at, id", patient)
    return [Task(*row) for row in rows]


async def done(tx: Transaction, by: str, at: datetime, *, task: UUID | None = None, appointment: UUID | None = None,
               kinds: tuple[str, ...] = ()) -> list[Task]:  # fmt: skip
    """Seen to: one task, or those of these kinds about an appointment."""
    rows: list[Any] = await tx.fetch(
        "update outreach.task set done_at = $2, done_by = $1 where done_at is null and (id = $3 or (appointment = $4"
        " and kind = any($5::text[]))) returning id, kind, appointment, patient, message, at, done_at",
        by, at, task, appointment, list(kinds),
    )  # fmt: skip
    return [Task(*row) for row in rows]
