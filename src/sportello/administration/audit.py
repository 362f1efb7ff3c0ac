"""The audit trail: append-only, each event chained to the one before by its hash, in the transaction it tells of.

hash(n) = SHA-256(hash(n-1) + event n as JSON with sorted keys); hash(0) is empty. PostgreSQL computes it while it holds
the head's row, Python computes it again to verify. Whoever could rewrite the whole chain is found by comparing its end
with one written down elsewhere (`sportello check audit` prints it).
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.administration import store
from sportello.administration.actor import Actor
from sportello.kit.database import Database, Transaction
from sportello.kit.house import House

_encode = msgspec.json.Encoder(order="sorted").encode
_KEY = "administration.audit"
_PAGE = 2000


class Trail:
    """The events of one transaction, written last, so that the head's lock is held for the shortest time."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self.written = False

    async def __call__(self, tx: Transaction) -> None:
        """Steps behind every other hook: locks are then taken in one order, streams first, the head last."""
        tx.before_commit((_KEY, "write"), self.write)

    async def write(self, tx: Transaction) -> None:
        """One statement an event."""
        self.written = True
        for row in self.rows:
            await store.append_audit(tx, row, content(row))


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

    `detail` holds plain values (texts, whole numbers, lists, dicts); it is no place for clinical content.
    """
    trail = tx.before_commit(_KEY, Trail())
    assert isinstance(trail, Trail)
    if trail.written:  # a hook records something after the trail was written
        trail = Trail()
        tx.before_commit(object(), trail.write)
    who = [actor.kind, actor.id, actor.name, actor.role]
    trail.rows.append([house.clock.now(), *map(_plain, [*who, action, patient, entity, detail or {}])])


def content(row: list[Any]) -> bytes:
    """What is hashed of an event: its columns from `at` to `detail`."""
    return _encode([row[0].astimezone(UTC).isoformat(timespec="microseconds"), *row[1:]])


def _plain(value: Any) -> Any:
    """What JSON and PostgreSQL give back as they got it: no NUL, no half characters, no fractions."""
    match value:
        case None | bool() | int():
            return value
        case dict():
            return {str(_plain(str(key))): _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
    return str(value).replace("\0", "�").encode("utf-8", "replace").decode()


class Verdict(Struct, frozen=True):
    """What verifying found: `events` that hold from the start, the last hash, and the first number that does not."""

    events: int
    head: str
    broken: int | None = None
    why: str = ""


async def verify(db: Database) -> Verdict:
    """Reads the whole trail in pages and computes every hash anew; events that arrive meanwhile are left out."""
    head_seq, head_hash = await store.audit_head(db)
    previous, number = b"", 0
    while number < head_seq:
        rows = await store.audit_page(db, number, head_seq, _PAGE)
        for seq, *row, kept in rows:
            if seq != number + 1:
                return Verdict(number, previous.hex(), number + 1, "missing")
            expected = _chained(previous, row)
            if expected != kept:
                return Verdict(number, previous.hex(), seq, "changed")
            previous, number = expected, seq
        if not rows:
            return Verdict(number, previous.hex(), number + 1, "missing")
    if previous != head_hash:
        return Verdict(number, previous.hex(), number, "changed")
    if (beyond := await store.audit_beyond_head(db)) is not None:
        return Verdict(number, previous.hex(), beyond, "added")
    return Verdict(number, previous.hex())


def _chained(previous: bytes, row: list[Any]) -> bytes:
    return hashlib.sha256(previous + content(row)).digest()
