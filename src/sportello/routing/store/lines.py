"""Whose desk is connected to which process: lines are written when they change, beats write the process alone."""

from collections.abc import Collection
from uuid import UUID

from sportello.kit.database import Transaction


async def beat(tx: Transaction, process: UUID) -> bool:
    """The process lives; True when it was not known (any more), so that its lines have to be told anew."""
    row = await tx.fetchrow(
        """insert into routing.process as p (id, beat_at) values ($1, clock_timestamp())
        on conflict (id) do update set beat_at = clock_timestamp() returning p.xmax = 0 as new""",
        process,
    )
    return bool(row["new"])


async def connect(tx: Transaction, process: UUID, staff: Collection[UUID]) -> None:
    await tx.execute(
        """insert into routing.line (staff, process) select s, $1 from unnest($2::uuid[]) s
        on conflict do nothing""",
        process,
        list(staff),
    )


async def disconnect(tx: Transaction, process: UUID, staff: Collection[UUID]) -> None:
    await tx.execute("delete from routing.line where process = $1 and staff = any($2::uuid[])", process, list(staff))


async def bury(tx: Transaction, seconds: float) -> None:
    """Processes that have been silent so long are gone, and their lines with them."""
    await tx.execute(
        "delete from routing.process where beat_at < clock_timestamp() - make_interval(secs => $1)", seconds
    )
