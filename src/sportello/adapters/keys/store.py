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


async def every(tx: Transaction) -> list[tuple[str, bytes]]:
    """All of them, held until the transaction ends."""
    rows = await tx.fetch("select name, value from adapters.key order by name for update")
    return [(row["name"], bytes(row["value"])) for row in rows]


async def replace(tx: Transaction, name: str, value: bytes) -> None:
    await tx.execute("update adapters.key set value = $2 where name = $1", name, value)
