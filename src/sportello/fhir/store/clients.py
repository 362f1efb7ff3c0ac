"""Registered systems, their keys and scopes, and the signed words that they have used up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Database, Transaction


class Client(Struct, frozen=True):
    """A registered system; its keys stand here or at an address of its own."""

    id: UUID
    name: str
    scopes: list[str]
    keys: dict[str, Any] | None
    keys_url: str
    created_at: datetime
    used_at: datetime | None = None


_COLUMNS = "id, name, scopes, keys, keys_url, created_at, used_at"


async def insert(tx: Transaction, one: Client) -> bool:
    """False when it is there already (the same form sent twice)."""
    done = await tx.execute(
        """insert into fhir.client (id, name, scopes, keys, keys_url, created_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do nothing""",
        one.id, one.name, one.scopes, one.keys, one.keys_url, one.created_at,
    )  # fmt: skip
    return done == "INSERT 0 1"


async def standing(db: Database) -> list[Client]:
    """Those that may ask for tokens, by name."""
    rows = await db.fetch(f"select {_COLUMNS} from fhir.client where revoked_at is null order by lower(name), id")  # noqa: S608
    return [Client(**dict(row)) for row in rows]


async def read(db: Database | Transaction, client: UUID) -> Client | None:
    """One that may ask for tokens."""
    row = await db.fetchrow(f"select {_COLUMNS} from fhir.client where id = $1 and revoked_at is null", client)  # noqa: S608
    return Client(**dict(row)) if row else None


async def revoke(tx: Transaction, client: UUID, now: datetime) -> bool:
    done = await tx.execute("update fhir.client set revoked_at = $2 where id = $1 and revoked_at is null", client, now)
    return done == "UPDATE 1"


async def use_up(tx: Transaction, client: UUID, jti: str, expires: datetime, now: datetime) -> bool:
    """Whether the signed word was new; it is not from now on. Words that have expired are forgotten."""
    await tx.execute("delete from fhir.assertion where expires_at < $1", now)
    done = await tx.execute(
        "insert into fhir.assertion (client, jti, expires_at) values ($1, $2, $3) on conflict do nothing",
        client, jti, expires,
    )  # fmt: skip
    if done == "INSERT 0 1":
        await tx.execute("update fhir.client set used_at = $2 where id = $1", client, now)
    return done == "INSERT 0 1"
