"""Who may book for whom."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Delegate(Struct, frozen=True, kw_only=True):
    """`delegate` may book, move and cancel for `patient` from `since` until `until`."""

    id: UUID
    patient: str
    delegate: str
    relation: str
    since: date
    until: date | None
    proof: str
    consent: str
    seen_by: str
    seen_at: datetime


_READ = (
    "select id, patient, delegate, relation, since, until, proof, consent, seen_by, seen_at from scheduling.delegate"
    " where ended_at is null"
)


async def add(tx: Transaction, one: Delegate) -> bool:
    """False when this person may already."""
    made: Any = await tx.fetchval(
        "insert into scheduling.delegate (id, patient, delegate, relation, since, until, proof, consent, seen_by,"
        " seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id",
        one.id, one.patient, one.delegate, one.relation, one.since, one.until, one.proof, one.consent, one.seen_by,
        one.seen_at,
    )  # fmt: skip
    return made is not None


async def end(tx: Transaction, delegate: UUID, by: str, at: datetime) -> Delegate | None:
    """The row that was standing until now."""
    row = await tx.fetchrow(f"{_READ} and id = $1 for update", delegate)
    if row is None:
        return None
    await tx.execute("update scheduling.delegate set ended_by = $2, ended_at = $3 where id = $1", delegate, by, at)
    return Delegate(**row)


async def of_patient(tx: Transaction, patient: str) -> list[Delegate]:
    """Who may book for a patient, also those whose time is over or yet to come."""
    return [Delegate(**row) for row in await tx.fetch(f"{_READ} and patient = $1 order by since, id", patient)]


async def for_whom(tx: Transaction, delegate: str, today: date) -> list[Delegate]:
    """For whom a person may book today."""
    rows = await tx.fetch(
        f"{_READ} and delegate = $1 and since <= $2 and (until is null or until >= $2) order by since, id",
        delegate,
        today,
    )
    return [Delegate(**row) for row in rows]
