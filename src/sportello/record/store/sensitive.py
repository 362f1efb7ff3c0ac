"""What is sensitive, what was obscured, and which parts a role is not shown."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Database, Transaction


class Mark(Struct, frozen=True):
    """What makes a resource sensitive: a security label, its type, or a code of it; `words` say what is meant."""

    kind: str
    code: str
    system: str = ""
    words: str = ""


async def marks(reader: Database | Transaction) -> list[Mark]:
    rows = await reader.fetch("select kind, code, system, words from record.sensitive order by kind, code, system")
    return [Mark(**dict(row)) for row in rows]


async def add_mark(tx: Transaction, mark: Mark) -> bool:
    """False when it stood there already."""
    done = await tx.execute(
        "insert into record.sensitive (kind, system, code, words) values ($1, $2, $3, $4) on conflict do nothing",
        mark.kind, mark.system, mark.code, mark.words,
    )  # fmt: skip
    return done.endswith(" 1")


async def drop_mark(tx: Transaction, mark: Mark) -> bool:
    """False when it was gone already."""
    done = await tx.execute(
        "delete from record.sensitive where kind = $1 and system = $2 and code = $3", mark.kind, mark.system, mark.code
    )
    return done.endswith(" 1")


async def replace_marks(tx: Transaction, codes: Sequence[str]) -> None:
    """Only these labels, whatever their system."""
    await tx.execute("delete from record.sensitive")
    await tx.execute("insert into record.sensitive (kind, code) select 'label', unnest($1::text[])", list(codes))


async def add_obscuring(
    tx: Transaction, made: UUID, patient: str, item: str, reason: str, name: str, at: datetime
) -> None:
    await tx.execute(
        "insert into record.obscuring (id, patient, item, reason, name, at) values ($1, $2, $3, $4, $5, $6)",
        made, patient, item, reason, name, at,
    )  # fmt: skip


async def lift(tx: Transaction, item: str, reason: str, name: str, at: datetime) -> None:
    await tx.execute(
        """update record.obscuring set lifted_at = $4, lifted_by = $3, lift_reason = $2
        where item = $1 and lifted_at is null""",
        item, reason, name, at,
    )  # fmt: skip


async def obscurings(tx: Transaction, item: str) -> list[Any]:
    """Who obscured an item when and why, newest first."""
    return await tx.fetch(
        """select reason, name, at, lifted_at, lifted_by, lift_reason from record.obscuring where item = $1
        order by at desc limit 20""",
        item,
    )


async def withheld(tx: Transaction) -> dict[str, set[str]]:
    """By role, the parts it is not shown."""
    found: dict[str, set[str]] = {}
    for row in await tx.fetch("select role, part from record.withheld"):
        found.setdefault(row["role"], set()).add(row["part"])
    return found


async def withheld_from(tx: Transaction, role: str) -> set[str]:
    return {row["part"] for row in await tx.fetch("select part from record.withheld where role = $1", role)}


async def withhold(tx: Transaction, role: str, parts: Collection[str]) -> None:
    """From now on a role is not shown exactly these."""
    await tx.execute("delete from record.withheld where role = $1", role)
    await tx.execute("insert into record.withheld (role, part) select $1, unnest($2::text[])", role, sorted(parts))
