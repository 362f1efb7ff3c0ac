"""Openings of sensitive parts: by whom, of whom, why and until when; and how they were judged."""

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


async def openings(tx: Transaction, *, waiting: bool, limit: int) -> list[Any]:
    """Openings newest first; with `waiting` only those that nobody has judged yet."""
    return await tx.fetch(
        """select id, staff, patient, reason, at, until, verdict, review_note, reviewer, reviewed_at
        from record.opening where not $1 or verdict = '' order by at desc, id desc limit $2""",
        waiting, limit,
    )  # fmt: skip


async def opening_of(tx: Transaction, opening: UUID) -> Any:
    """One opening, held until the transaction ends; None when there is none."""
    return await tx.fetchrow("select id, staff, patient, verdict from record.opening where id = $1 for update", opening)


async def judge(tx: Transaction, opening: UUID, verdict: str, note: str, reviewer: str, now: datetime) -> None:
    await tx.execute(
        """update record.opening set verdict = $2, review_note = $3, reviewer = $4, reviewed_at = $5 where id = $1""",
        opening, verdict, note, reviewer, now,
    )  # fmt: skip
