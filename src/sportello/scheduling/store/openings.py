"""Times that came free for somebody who waits, and what was offered to whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.store.slots import WHOLE, Slot, as_slot


class Opening(Struct, frozen=True):
    """A task: this time came free, and somebody waits for such a time."""

    id: int
    why: str
    freed_at: datetime
    slot: Slot
    offer: UUID | None


class Offer(Struct, frozen=True):
    """A time that is kept for one who waits, until it is answered or lapses."""

    id: UUID
    waiting: UUID
    slot: int
    state: str
    expires_at: datetime


_OFFER = "select id, waiting, slot, state, expires_at from scheduling.offer"


async def open_one(tx: Transaction, slot: int, why: str, at: datetime) -> None:
    """Makes the task, or tells the one there is that the time came free again."""
    await tx.execute(
        "insert into scheduling.opening (slot, why, freed_at) values ($1, $2, $3)"
        " on conflict (slot) where state = 'open' do update set why = excluded.why, freed_at = excluded.freed_at",
        slot,
        why,
        at,
    )


async def close_of(tx: Transaction, slot: int, by: str, at: datetime) -> bool:
    """Ends the task of a slot; False when there was none."""
    ended: Any = await tx.fetchval(
        "update scheduling.opening set state = 'closed', closed_by = $2, closed_at = $3"
        " where slot = $1 and state = 'open' returning id",
        slot,
        by,
        at,
    )
    return ended is not None


async def standing(tx: Transaction, since: datetime, limit: int = 100) -> list[Opening]:
    """Tasks whose time is free still, or kept for whom it was offered to; the next first."""
    rows = await tx.fetch(
        f"""
        select t.*, n.id as opening, n.why, n.freed_at, o.id as offer
        from ({WHOLE} where s.starts > $1) t
        join scheduling.opening n on n.slot = t.id and n.state = 'open'
        left join scheduling.offer o on o.slot = t.id and o.state = 'open'
        where t.status = 'free' or o.id is not null order by t.starts limit $2
        """,  # noqa: S608
        since,
        limit,
    )
    return [Opening(row["opening"], row["why"], row["freed_at"], as_slot(row), row["offer"]) for row in rows]


async def is_open(tx: Transaction, slot: int) -> bool:
    """Whether the time is to be offered still, and free."""
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.opening n join scheduling.slot s on s.id = n.slot"
            " where n.slot = $1 and n.state = 'open' and s.status = 'free')",
            slot,
        )
    )


async def count(tx: Transaction, since: datetime) -> int:
    """How many times wait for somebody to offer them."""
    return int(
        await tx.fetchval(
            "select count(*) from scheduling.opening n join scheduling.slot s on s.id = n.slot"
            " where n.state = 'open' and s.status = 'free' and s.starts > $1",
            since,
        )
    )


async def near(tx: Transaction, slot: Slot) -> list[int]:
    """The slot and those of the same person that overlap it, if they are free; the slot itself first."""
    rows = await tx.fetch(
        "select id from scheduling.slot where practitioner = $1 and starts < $3 and ends > $2 and status = 'free'"
        " order by id <> $4, starts, id",
        slot.practitioner,
        slot.kept_from,
        slot.kept_until,
        slot.id,
    )
    return [row["id"] for row in rows]


async def free_between(tx: Transaction, people: list[str], since: datetime, until: datetime, limit: int) -> list[int]:
    """Free times of these people in a span, the first first."""
    rows = await tx.fetch(
        "select id from scheduling.slot where practitioner = any ($1::text[]) and starts >= $2 and starts < $3"
        " and status = 'free' order by starts, id limit $4",
        people,
        since,
        until,
        limit,
    )
    return [row["id"] for row in rows]


async def add_offer(tx: Transaction, one: Offer, token: bytes, by: str, at: datetime) -> bool:
    """False when the time, or the one who waits, has an open offer already."""
    made: Any = await tx.fetchval(
        "insert into scheduling.offer (id, token, waiting, slot, made_by, made_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id",
        one.id, token, one.waiting, one.slot, by, at, one.expires_at,
    )  # fmt: skip
    return made is not None


async def offer(tx: Transaction, offer: UUID, *, lock: bool = False) -> Offer | None:
    row = await tx.fetchrow(f"{_OFFER} where id = $1{' for update' if lock else ''}", offer)
    return Offer(*row) if row else None


async def offer_by(tx: Transaction, token: bytes) -> Offer | None:
    row = await tx.fetchrow(f"{_OFFER} where token = $1", token)
    return Offer(*row) if row else None


async def open_offers(tx: Transaction, patient: str) -> list[Offer]:
    """What a patient was offered and may answer still."""
    rows = await tx.fetch(
        f"{_OFFER} where state = 'open' and waiting in (select id from scheduling.waiting where patient = $1)"  # noqa: S608
        " order by expires_at",
        patient,
    )
    return [Offer(*row) for row in rows]


async def offer_of(tx: Transaction, waiting: UUID) -> Offer | None:
    row = await tx.fetchrow(f"{_OFFER} where waiting = $1 and state = 'open'", waiting)
    return Offer(*row) if row else None


async def answer(tx: Transaction, offer: UUID, state: str, by: str, at: datetime) -> None:
    await tx.execute(
        "update scheduling.offer set state = $2, answered_by = $3, answered_at = $4 where id = $1", offer, state, by, at
    )
