"""Other times that were wished for visits, until a person has decided."""

from datetime import datetime
from uuid import UUID

from sportello.kit.database import Transaction


async def put(tx: Transaction, appointment: UUID, by: str, starts: datetime | None, note: str, at: datetime) -> None:
    """The newest wish stands; that something must come first stands beside it."""
    await tx.execute(
        "insert into scheduling.wish (appointment, by, starts, note, at) values ($1, $2, $3, $4, $5)"
        " on conflict (appointment, about) do update set by = excluded.by, starts = excluded.starts,"
        " note = excluded.note, at = excluded.at",
        appointment,
        by,
        starts,
        note,
        at,
    )


async def settle(tx: Transaction, appointment: UUID) -> bool:
    """Whether there was one; everything is decided now."""
    return bool(await tx.fetch("delete from scheduling.wish where appointment = $1 returning appointment", appointment))


async def settle_about(tx: Transaction, appointment: UUID, about: str) -> None:
    """Of its `time`, or of the `order` of visits, nothing is left to decide."""
    await tx.execute("delete from scheduling.wish where appointment = $1 and about = $2", appointment, about)


async def settle_of(tx: Transaction, appointment: UUID, by: str) -> None:
    """What was wished from that side is no longer so."""
    await tx.execute("delete from scheduling.wish where appointment = $1 and by = $2", appointment, by)
