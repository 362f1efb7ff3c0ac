"""The audit trail: append-only, each event chained to the one before by its hash, in the transaction it tells of."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from sportello.administration import store
from sportello.administration.actor import Actor
from sportello.kit.database import Database, Transaction
from sportello.kit.house import House

_encode = msgspec.json.Encoder(order="sorted").encode


async def record(
    house: House,
    tx: Transaction,
    actor: Actor,
    action: str,
    *,
    patient: str | None = None,
    entity: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Adds an event about `actor`; `action` is `thing.verb`, `patient` the FHIR id of whom it concerns.

    It is written just before COMMIT, so that the chain's head is locked for as short as can be.
    """
    row = [house.clock.now(), actor.kind, actor.id, actor.name, action, patient, entity, detail or {}]

    async def write(tx: Transaction) -> None:
        seq, previous = await store.lock_audit_head(tx)
        numbered = [seq + 1, *row]
        await store.append_audit(tx, (*numbered, previous, chained(previous, numbered)))

    tx.before_commit(object(), write)


def chained(previous: bytes, row: list[Any]) -> bytes:
    """SHA-256 over the previous hash and the row as canonical JSON (sorted keys, UTC microseconds)."""
    plain = [_plain(value) for value in row]
    return hashlib.sha256(previous + _encode(plain)).digest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


async def verify(db: Database) -> tuple[int, int | None]:
    """How many events the trail holds, and the number of the first that does not fit (None: the chain is whole)."""
    previous, expected = b"", 1
    async for row in _all(db):
        *plain, stored_previous, stored = row
        if plain[0] != expected or stored_previous != previous or chained(previous, plain) != stored:
            return expected - 1, expected
        previous, expected = stored, expected + 1
    head_seq, head_hash = await store.audit_head(db)
    if (head_seq, head_hash) != (expected - 1, previous):
        return expected - 1, expected
    return expected - 1, None


async def _all(db: Database) -> AsyncIterator[list[Any]]:
    after = 0
    while rows := await store.audit_page(db, after, 2000):
        for row in rows:
            yield list(row)
        after = rows[-1][0]
