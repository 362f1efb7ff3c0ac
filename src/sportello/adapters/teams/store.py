"""Every SQL statement of the Teams adapter."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetchval(self, sql: str, *args: object) -> Any: ...


class Meeting(Struct, frozen=True):
    """The meeting of a visit; its times are those that Teams was told last."""

    organiser: str
    meeting: str
    join_url: str
    starts: datetime
    ends: datetime


async def terms(reader: Reader) -> Any:
    return await reader.fetchval("select terms from adapters.teams")


async def keep_terms(tx: Transaction, terms: Any, at: datetime) -> None:
    await tx.execute(
        "insert into adapters.teams (terms, changed_at) values ($1, $2)"
        " on conflict (only_one) do update set terms = excluded.terms, changed_at = excluded.changed_at",
        terms, at,
    )  # fmt: skip


async def reseal(tx: Transaction, terms: Any) -> None:
    """The same terms, their secret sealed with another key."""
    await tx.execute("update adapters.teams set terms = $1", terms)


async def meeting(tx: Transaction, appointment: UUID) -> Meeting | None:
    row: Any = await tx.fetchrow(
        "select organiser, meeting, join_url, starts, ends from adapters.teams_meeting where appointment = $1",
        appointment,
    )
    return Meeting(*row) if row else None


async def keep(tx: Transaction, appointment: UUID, one: Meeting) -> None:
    await tx.execute(
        "insert into adapters.teams_meeting (appointment, organiser, meeting, join_url, starts, ends)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (appointment) do update set organiser = excluded.organiser,"
        " meeting = excluded.meeting, join_url = excluded.join_url, starts = excluded.starts, ends = excluded.ends",
        appointment, one.organiser, one.meeting, one.join_url, one.starts, one.ends,
    )  # fmt: skip


async def forget(tx: Transaction, appointment: UUID) -> None:
    await tx.execute("delete from adapters.teams_meeting where appointment = $1", appointment)
