"""Every SQL statement on keys."""

from datetime import datetime

from sportello.kit.database import Transaction


async def key(tx: Transaction, name: str, fresh: bytes, now: datetime) -> bytes:
    """The key of a name; `fresh` becomes it when there is none."""
    await tx.execute(
        "insert into adapters.key (name, value, created_at) values ($1, $2, $3) on conflict do nothing",
        name, fresh, now,
    )  # fmt: skip
    return bytes(await tx.fetchval("select value from adapters.key where name = $1", name))
