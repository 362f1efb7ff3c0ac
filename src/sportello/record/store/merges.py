"""Merges: who became whom, which versions of what they changed, and what other rooms moved for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Merge(Struct, frozen=True):
    """Two records that became one, until it was undone."""

    id: UUID
    survivor: str
    former: str
    reason: str
    staff: str
    name: str
    at: datetime
    undone_at: datetime | None
    undone_by: str


class Changed(Struct, frozen=True):
    """A resource that a merge changed."""

    type: str
    id: str
    before: int
    after: int


_COLUMNS = "id, survivor, former, reason, staff, name, at, undone_at, undone_by"


async def add(
    tx: Transaction, merge: UUID, survivor: str, former: str, reason: str, staff: str, name: str, at: datetime
) -> None:
    await tx.execute(
        "insert into record.merge (id, survivor, former, reason, staff, name, at) values ($1, $2, $3, $4, $5, $6, $7)",
        merge, survivor, former, reason, staff, name, at,
    )  # fmt: skip


async def add_items(tx: Transaction, merge: UUID, changed: Sequence[Changed]) -> None:
    await tx.execute(
        """insert into record.merge_item (merge, type, id, before, after)
        select $1, * from unnest($2::text[], $3::text[], $4::integer[], $5::integer[])""",
        merge, [one.type for one in changed], [one.id for one in changed], [one.before for one in changed],
        [one.after for one in changed],
    )  # fmt: skip


async def add_rows(tx: Transaction, merge: UUID, room: str, keys: Sequence[str]) -> None:
    await tx.execute(
        """insert into record.merge_row (merge, room, key) select $1, $2, unnest($3::text[])
        on conflict do nothing""",
        merge, room, list(keys),
    )  # fmt: skip


async def rows_of(tx: Transaction, merge: UUID, room: str) -> list[str]:
    rows = await tx.fetch("select key from record.merge_row where merge = $1 and room = $2 order by key", merge, room)
    return [row["key"] for row in rows]


async def moved(tx: Transaction, merges: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How much each merge moved: resources of the record, and rows of each other room."""
    rows = await tx.fetch(
        """select merge, 'record' as room, count(*) as n from record.merge_item
        where merge = any($1::uuid[]) and type <> 'Patient' group by merge
        union all
        select merge, room, count(*) from record.merge_row where merge = any($1::uuid[]) group by merge, room""",
        list(merges),
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["merge"], {})[row["room"]] = row["n"]
    return found


async def items_of(tx: Transaction, merge: UUID) -> list[Changed]:
    rows = await tx.fetch(
        "select type, id, before, after from record.merge_item where merge = $1 order by type, id", merge
    )
    return [Changed(**dict(row)) for row in rows]


async def hold(tx: Transaction, merge: UUID) -> Merge | None:
    """One merge, which nobody else can undo until the transaction ends."""
    row = await tx.fetchrow(f"select {_COLUMNS} from record.merge where id = $1 for update", merge)  # noqa: S608
    return Merge(**dict(row)) if row else None


async def undo(tx: Transaction, merge: UUID, by: str, at: datetime) -> None:
    await tx.execute("update record.merge set undone_at = $2, undone_by = $3 where id = $1", merge, at, by)


async def newest(tx: Transaction, limit: int) -> list[Merge]:
    rows = await tx.fetch(f"select {_COLUMNS} from record.merge order by at desc, id desc limit $1", limit)  # noqa: S608
    return [Merge(**dict(row)) for row in rows]


async def spans(tx: Transaction, patient: str) -> list[Any]:
    """Whose looks concern a patient, and in which time (null: no bound): their own, those at records that became
    theirs, and those at a record that theirs was part of for a while.
    """
    return await tx.fetch(
        """
        with recursive joined as (
            select $1::text as patient
            union
            select m.former from record.merge m join joined j on j.patient = m.survivor where m.undone_at is null
        )
        select patient, null::timestamptz as since, null::timestamptz as until from joined
        union all
        select m.survivor, m.at, m.undone_at from record.merge m join joined j on j.patient = m.former
        where m.undone_at is not null
        """,
        patient,
    )
