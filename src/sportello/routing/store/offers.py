"""Queues, who serves them, and what is offered to whom."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction

GENERAL = "general"
USUAL_PLACES = 5


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Queue(Struct, frozen=True):
    """A queue, its names, and how many seconds an agent may think."""

    id: str
    name_it: str
    name_en: str
    offer_seconds: int

    def name(self, language: str) -> str:
        """Its name in a language."""
        return self.name_it if language == "it" else self.name_en


class Offer(Struct, frozen=True):
    """A conversation offered to one agent until an instant; `outcome` is None while it is open."""

    id: UUID
    conversation: UUID
    agent: UUID
    queue: str
    offered_at: datetime
    expires_at: datetime
    outcome: str | None = None

    @property
    def seconds(self) -> int:
        """How long the agent could think, whole seconds."""
        return round((self.expires_at - self.offered_at).total_seconds())


_OFFER = "id, conversation, agent, queue, offered_at, expires_at, outcome"
_TURN = 0x524F5554  # advisory lock: offers are made by one transaction at a time, so that places are counted right


async def take_turn(tx: Transaction) -> None:
    """Waits until no other transaction makes offers, and keeps others waiting until this one ends."""
    await tx.execute("select pg_advisory_xact_lock($1)", _TURN)


async def queues(reader: Reader) -> dict[str, Queue]:
    rows = await reader.fetch("select id, name_it, name_en, offer_seconds from routing.queue order by id")
    return {row["id"]: Queue(**dict(row)) for row in rows}


async def put_queue(tx: Transaction, queue: Queue) -> None:
    """Adds a queue, or changes the one of this id."""
    await tx.execute(
        """insert into routing.queue (id, name_it, name_en, offer_seconds) values ($1, $2, $3, $4)
        on conflict (id) do update set name_it = $2, name_en = $3, offer_seconds = $4""",
        queue.id, queue.name_it, queue.name_en, queue.offer_seconds,
    )  # fmt: skip


async def set_members(tx: Transaction, queue: str, staff: list[UUID]) -> None:
    """Who serves a queue; nobody named means everybody."""
    await tx.execute("delete from routing.queue_member where queue = $1", queue)
    await tx.execute(
        "insert into routing.queue_member (queue, staff) select $1, s from unnest($2::uuid[]) s", queue, staff
    )


async def members(reader: Reader) -> dict[str, set[UUID]]:
    """Who is named for each queue that names somebody."""
    found: dict[str, set[UUID]] = {}
    for row in await reader.fetch("select queue, staff from routing.queue_member"):
        found.setdefault(row["queue"], set()).add(row["staff"])
    return found


async def set_places(tx: Transaction, staff: UUID, places: int) -> None:
    await tx.execute(
        """insert into routing.capacity (staff, places) values ($1, $2)
        on conflict (staff) do update set places = excluded.places""",
        staff,
        places,
    )


async def insert_offer(tx: Transaction, offer: Offer) -> None:
    await tx.execute(
        """insert into routing.offer (id, conversation, agent, queue, offered_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)""",
        offer.id, offer.conversation, offer.agent, offer.queue, offer.offered_at, offer.expires_at,
    )  # fmt: skip


async def offer(reader: Reader, offer_id: UUID) -> Offer | None:
    row = await reader.fetchrow(f"select {_OFFER} from routing.offer where id = $1", offer_id)  # noqa: S608
    return Offer(**dict(row)) if row else None


async def open_offer(reader: Reader, conversation: UUID) -> Offer | None:
    """The conversation's open offer; stable while the conversation's row is held."""
    row = await reader.fetchrow(
        f"select {_OFFER} from routing.offer where conversation = $1 and outcome is null",  # noqa: S608
        conversation,
    )
    return Offer(**dict(row)) if row else None


async def open_offers(reader: Reader, agent: UUID | None = None) -> list[Offer]:
    """What is offered right now (to one agent), the oldest first."""
    rows = await reader.fetch(
        f"""select {_OFFER} from routing.offer where outcome is null and ($1::uuid is null or agent = $1)
        order by offered_at, id""",  # noqa: S608
        agent,
    )
    return [Offer(**dict(row)) for row in rows]


async def overdue(reader: Reader, before: datetime) -> list[Offer]:
    """Open offers whose time ran out before an instant."""
    rows = await reader.fetch(
        f"select {_OFFER} from routing.offer where outcome is null and expires_at < $1",  # noqa: S608
        before,
    )
    return [Offer(**dict(row)) for row in rows]


async def end_offer(tx: Transaction, offer_id: UUID, outcome: str, now: datetime) -> bool:
    """False when it had ended already."""
    done = await tx.execute(
        "update routing.offer set outcome = $2, ended_at = $3 where id = $1 and outcome is null", offer_id, outcome, now
    )
    return done.endswith(" 1")


async def refused(tx: Transaction, conversation: UUID) -> dict[UUID, datetime]:
    """When each agent last rejected, missed or lost this conversation."""
    rows = await tx.fetch(
        """select agent, max(ended_at) as at from routing.offer
        where conversation = $1 and outcome in ('rejected', 'lapsed', 'lost') group by agent""",
        conversation,
    )
    return {row["agent"]: row["at"] for row in rows}


async def offers_made(reader: Reader, conversation: UUID) -> list[Offer]:
    """Every offer of a conversation in order, for its history."""
    rows = await reader.fetch(
        f"select {_OFFER} from routing.offer where conversation = $1 order by offered_at, id",  # noqa: S608
        conversation,
    )
    return [Offer(**dict(row)) for row in rows]
