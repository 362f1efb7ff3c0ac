"""Every SQL statement on the terms of the system that keeps the calendars."""

from datetime import datetime
from typing import Any, Protocol

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetchval(self, sql: str, *args: object) -> Any: ...


async def terms(reader: Reader) -> Any:
    return await reader.fetchval("select value from adapters.booking_terms")


async def patient(tx: Transaction, ours: str, system: str, since: datetime) -> str | None:
    """The patient's id there, found since then."""
    found: str | None = await tx.fetchval(
        "select theirs from adapters.booking_patient where patient = $1 and system = $2 and found_at >= $3",
        ours, system, since,
    )  # fmt: skip
    return found


async def remember_patient(tx: Transaction, ours: str, system: str, theirs: str, at: datetime) -> None:
    await tx.execute(
        "insert into adapters.booking_patient (patient, system, theirs, found_at) values ($1, $2, $3, $4)"
        " on conflict (patient, system) do update set theirs = excluded.theirs, found_at = excluded.found_at",
        ours, system, theirs, at,
    )  # fmt: skip


async def forget_patients(tx: Transaction) -> None:
    """It is another system now."""
    await tx.execute("delete from adapters.booking_patient")


async def keep_terms(tx: Transaction, value: Any, at: datetime) -> None:
    await tx.execute(
        "insert into adapters.booking_terms (value, changed_at) values ($1, $2)"
        " on conflict (one) do update set value = excluded.value, changed_at = excluded.changed_at",
        value, at,
    )  # fmt: skip
