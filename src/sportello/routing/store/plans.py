"""Published plans, each kept for ever with who published it and why."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.plan.parts import Plan
from sportello.routing.store.offers import Reader


class Version(Struct, frozen=True):
    """A plan as published: `number` counts from 1, the highest is in force."""

    number: int
    plan: Plan
    published_at: datetime
    by: UUID | None
    by_name: str
    note: str


async def latest_number(reader: Reader) -> int:
    row = await reader.fetchrow("select coalesce(max(number), 0) as number from routing.plan")
    return int(row["number"])


async def version(reader: Reader, number: int) -> Version | None:
    row = await reader.fetchrow(
        "select number, plan::text, published_at, by, by_name, note from routing.plan where number = $1", number
    )
    return Version(**{**dict(row), "plan": msgspec.json.decode(row["plan"], type=Plan)}) if row else None


async def versions(reader: Reader, before: int | None = None, limit: int = 50) -> list[Version]:
    """The newest first, below number `before`."""
    rows = await reader.fetch(
        """select number, plan::text, published_at, by, by_name, note from routing.plan
        where $1::int is null or number < $1 order by number desc limit $2""",
        before,
        limit,
    )
    return [Version(**{**dict(row), "plan": msgspec.json.decode(row["plan"], type=Plan)}) for row in rows]


async def insert(tx: Transaction, version: Version) -> bool:
    """False when this number was published meanwhile."""
    done = await tx.execute(
        """insert into routing.plan (number, plan, published_at, by, by_name, note)
        values ($1, $2::text::jsonb, $3, $4, $5, $6) on conflict do nothing""",
        version.number, msgspec.json.encode(version.plan).decode(), version.published_at, version.by, version.by_name,
        version.note,
    )  # fmt: skip
    return done.endswith(" 1")
