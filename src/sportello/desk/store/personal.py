"""What somebody set up for themselves, by name; and the house's levels of waiting."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class WaitLevels(Struct, frozen=True):
    """From how many seconds on a wait is long, and from when too long."""

    warn_after: int = 60
    late_after: int = 180


async def personal(tx: Transaction, staff: UUID, name: str) -> Any:
    """The document kept under a name; None when there is none."""
    return await tx.fetchval("select value from desk.personal where staff = $1 and name = $2", staff, name)


async def keep_personal(tx: Transaction, staff: UUID, name: str, value: Any, now: datetime) -> None:
    """Keeps a document under a name, in place of the one before."""
    await tx.execute(
        """insert into desk.personal (staff, name, value, kept_at) values ($1, $2, $3, $4)
        on conflict (staff, name) do update set value = $3, kept_at = $4""",
        staff, name, value, now,
    )  # fmt: skip


async def wait_levels(tx: Transaction) -> WaitLevels:
    row = await tx.fetchrow("select warn_after, late_after from desk.wait_levels")
    return WaitLevels(**dict(row)) if row else WaitLevels()


async def set_wait_levels(tx: Transaction, levels: WaitLevels) -> None:
    await tx.execute(
        "update desk.wait_levels set warn_after = $1, late_after = $2", levels.warn_after, levels.late_after
    )
