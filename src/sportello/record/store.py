"""Every SQL statement of the record's own tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Transaction


async def add_opening(
    tx: Transaction, opening: UUID, staff: str, patient: str, reason: str, at: datetime, until: datetime
) -> None:
    await tx.execute(
        "insert into record.opening (id, staff, patient, reason, at, until) values ($1, $2, $3, $4, $5, $6)",
        opening, staff, patient, reason, at, until,
    )  # fmt: skip


async def current_opening(tx: Transaction, staff: str, patient: str, now: datetime) -> Any:
    """The opening that lasts longest, or None."""
    return await tx.fetchrow(
        """select reason, until from record.opening where staff = $1 and patient = $2 and until > $3
        order by until desc limit 1""",
        staff, patient, now,
    )  # fmt: skip


async def end_openings(tx: Transaction, staff: str, patient: str, now: datetime) -> None:
    await tx.execute(
        """update record.opening set until = greatest($3, at + interval '1 microsecond')
        where staff = $1 and patient = $2 and until > $3""",
        staff, patient, now,
    )  # fmt: skip
