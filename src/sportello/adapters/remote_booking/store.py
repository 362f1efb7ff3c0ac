"""Every SQL statement on the terms of the system that keeps the calendars."""

from datetime import datetime
from typing import Any, Protocol

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetchval(self, sql: str, *args: object) -> Any: ...


async def terms(reader: Reader) -> Any:
    return await reader.fetchval("select value from adapters.booking_terms")


async def keep_terms(tx: Transaction, value: Any, at: datetime) -> None:
    await tx.execute(
        "insert into adapters.booking_terms (value, changed_at) values ($1, $2)"
        " on conflict (one) do update set value = excluded.value, changed_at = excluded.changed_at",
        value, at,
    )  # fmt: skip
