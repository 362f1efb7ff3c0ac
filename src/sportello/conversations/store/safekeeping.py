"""The one row of rules about files and masking."""

from datetime import datetime
from typing import Any

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


async def read(reader: Reader) -> Any:
    row = await reader.fetchrow("select value from conversations.safekeeping")
    return row["value"] if row else None


async def keep(tx: Transaction, value: Any, now: datetime) -> None:
    await tx.execute(
        """insert into conversations.safekeeping (value, changed_at) values ($1, $2)
        on conflict (one) do update set value = $1, changed_at = $2""",
        value,
        now,
    )
