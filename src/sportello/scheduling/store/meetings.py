"""Every statement on links of virtual visits, who makes them, and who has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Seat(Struct, frozen=True):
    """One side of a virtual visit: the browser that came in first, when, and when it was last heard of."""

    appointment: UUID
    bearer: bytes | None
    came_at: datetime | None
    seen_at: datetime | None
    expires_at: datetime | None = None


async def choices(tx: Transaction) -> dict[str, str]:
    """The makers by type of appointment; "" is the house's."""
    rows = await tx.fetch("select service, maker from scheduling.meeting_choice")
    return {row["service"]: row["maker"] for row in rows}


async def choose(tx: Transaction, made: dict[str, str]) -> None:
    """These from now on."""
    await tx.execute("delete from scheduling.meeting_choice")
    await tx.executemany("insert into scheduling.meeting_choice (service, maker) values ($1, $2)", list(made.items()))


async def maker_of(tx: Transaction, appointment: UUID) -> str:
    return str(await tx.fetchval("select meeting_maker from scheduling.appointment where id = $1", appointment) or "")


async def set_link(tx: Transaction, appointment: UUID, link: str, maker: str, at: datetime) -> None:
    await tx.execute(
        "update scheduling.appointment set meeting_link = $2, meeting_maker = $3, status = 'booked',"
        " link_failed_at = null, changed_at = $4 where id = $1",
        appointment, link, maker, at,
    )  # fmt: skip


async def add_room(tx: Transaction, token: str, appointment: UUID, at: datetime) -> str:
    """The token of the appointment's own waiting room: the one it already has, or this one."""
    return str(
        await tx.fetchval(
            "insert into scheduling.visit_room (token, appointment, created_at) values ($1, $2, $3)"
            " on conflict (appointment) do update set appointment = excluded.appointment returning token",
            token, appointment, at,
        )
    )  # fmt: skip


async def room(tx: Transaction, token: str) -> Seat | None:
    """The patient's side."""
    row: Any = await tx.fetchrow(
        "select appointment, bearer, came_at, seen_at from scheduling.visit_room where token = $1",
        token,
    )
    return Seat(*row) if row else None


async def patient_of(tx: Transaction, appointment: UUID) -> Seat | None:
    row: Any = await tx.fetchrow(
        "select appointment, bearer, came_at, seen_at from scheduling.visit_room where appointment = $1", appointment
    )
    return Seat(*row) if row else None


async def practitioner_of(tx: Transaction, appointment: UUID) -> Seat | None:
    """The practitioner who was heard of last."""
    row: Any = await tx.fetchrow(
        "select appointment, bearer, came_at, seen_at, expires_at from scheduling.visit_key"
        " where appointment = $1 and came_at is not null order by seen_at desc limit 1",
        appointment,
    )
    return Seat(*row) if row else None


async def key(tx: Transaction, hashed: bytes) -> Seat | None:
    """The practitioner's side."""
    row: Any = await tx.fetchrow(
        "select appointment, bearer, came_at, seen_at, expires_at from scheduling.visit_key where hash = $1",
        hashed,
    )
    return Seat(*row) if row else None


async def add_key(
    tx: Transaction, hashed: bytes, appointment: UUID, by: str, at: datetime, expires_at: datetime
) -> None:
    await tx.execute(
        "insert into scheduling.visit_key (hash, appointment, made_by, made_at, expires_at)"
        " values ($1, $2, $3, $4, $5)",
        hashed, appointment, by, at, expires_at,
    )  # fmt: skip


async def enter_room(tx: Transaction, token: str, bearer: bytes, at: datetime) -> None:
    """This browser is the patient's from now on."""
    await tx.execute(
        "update scheduling.visit_room set bearer = $2, came_at = coalesce(came_at, $3), seen_at = $3 where token = $1",
        token, bearer, at,
    )  # fmt: skip


async def enter_key(tx: Transaction, hashed: bytes, bearer: bytes, at: datetime) -> None:
    """This browser is the practitioner's, and no other."""
    await tx.execute(
        "update scheduling.visit_key set bearer = $2, came_at = coalesce(came_at, $3), seen_at = $3 where hash = $1",
        hashed, bearer, at,
    )  # fmt: skip


async def seen_room(tx: Transaction, token: str, at: datetime) -> None:
    await tx.execute("update scheduling.visit_room set seen_at = $2 where token = $1", token, at)


async def seen_key(tx: Transaction, hashed: bytes, at: datetime) -> None:
    await tx.execute("update scheduling.visit_key set seen_at = $2 where hash = $1", hashed, at)
