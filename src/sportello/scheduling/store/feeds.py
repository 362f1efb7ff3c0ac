"""Every statement on calendar feeds."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.store.appointments import READ


class Link(Struct, frozen=True):
    """A practitioner's feed; without `made_at` they have none."""

    practitioner: str
    practitioner_name: str
    names: bool = False
    made_at: datetime | None = None
    read_at: datetime | None = None
    alone: str = ""  # "room" or "device"


async def put(tx: Transaction, practitioner: str, hashed: bytes, names: bool, by: str, at: datetime) -> None:
    await tx.execute(
        "insert into scheduling.feed (practitioner, token_hash, names, made_by, made_at) values ($1, $2, $3, $4, $5)"
        " on conflict (practitioner) do update set token_hash = excluded.token_hash, names = excluded.names,"
        " made_by = excluded.made_by, made_at = excluded.made_at, read_at = null",
        practitioner, hashed, names, by, at,
    )  # fmt: skip


async def drop(tx: Transaction, practitioner: str) -> bool:
    done = await tx.execute("delete from scheduling.feed where practitioner = $1", practitioner)
    return not done.endswith(" 0")


async def of_token(tx: Transaction, hashed: bytes) -> Link | None:
    row: Any = await tx.fetchrow(
        "select f.practitioner, p.name, f.names, f.made_at, f.read_at from scheduling.feed f"
        " join scheduling.practitioner p on p.id = f.practitioner where f.token_hash = $1",
        hashed,
    )
    return Link(*row) if row else None


async def read(tx: Transaction, practitioner: str, at: datetime) -> None:
    await tx.execute("update scheduling.feed set read_at = $2 where practitioner = $1", practitioner, at)


async def all_links(tx: Transaction) -> list[Link]:
    """Every practitioner in use, with the feed if there is one."""
    rows = await tx.fetch(
        "select p.id, p.name, coalesce(f.names, false), f.made_at, f.read_at, coalesce(x.kind, '')"
        " from scheduling.practitioner p left join scheduling.resource x on x.id = p.resource"
        " left join scheduling.feed f on f.practitioner = p.id where p.active or f.practitioner is not null"
        " order by p.name"
    )
    return [Link(*row) for row in rows]


async def visits(
    tx: Transaction, practitioner: str, since: datetime, until: datetime, statuses: list[str], at_most: int
) -> list[Appointment]:
    """A practitioner's visits in these states, the next first."""
    rows = await tx.fetch(
        f"{READ} where a.practitioner = $1 and a.starts >= $2 and a.starts < $3 and a.status = any($4::text[])"
        " order by a.starts, a.id limit $5",
        practitioner, since, until, statuses, at_most,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Appointment) for row in rows]
