"""What is offered to whom."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Offer(Struct, frozen=True):
    """A conversation offered to one agent until an instant; `outcome` is None while it is open."""

    id: UUID
    conversation: UUID
    agent: UUID
    queue: str
    offered_at: datetime
    expires_at: datetime
    outcome: str | None = None
    channel: str = "chat"

    @property
    def seconds(self) -> int:
        """How long the agent could think, whole seconds."""
        return round((self.expires_at - self.offered_at).total_seconds())


_OFFER = "id, conversation, agent, queue, offered_at, expires_at, outcome, channel"
_TURN = 0x524F5554  # advisory lock: offers are made by one transaction at a time, so that places are counted right


async def take_turn(tx: Transaction) -> None:
    """Waits until no other transaction makes offers, and keeps others waiting until this one ends."""
    await tx.execute("select pg_advisory_xact_lock($1)", _TURN)


async def insert_offers(tx: Transaction, offers: list[Offer]) -> None:
    await tx.execute(
        """insert into routing.offer (id, conversation, agent, queue, channel, offered_at, expires_at)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[])""",
        [one.id for one in offers], [one.conversation for one in offers], [one.agent for one in offers],
        [one.queue for one in offers], [one.channel for one in offers], [one.offered_at for one in offers],
        [one.expires_at for one in offers],
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


async def refused(reader: Reader, conversations: Collection[UUID]) -> dict[UUID, dict[UUID, datetime]]:
    """When each agent last rejected, missed or lost each of these conversations."""
    rows = await reader.fetch(
        """select conversation, agent, max(ended_at) as at from routing.offer
        where conversation = any($1::uuid[]) and outcome in ('rejected', 'lapsed', 'lost')
        group by conversation, agent""",
        list(conversations),
    )
    found: dict[UUID, dict[UUID, datetime]] = {}
    for row in rows:
        found.setdefault(row["conversation"], {})[row["agent"]] = row["at"]
    return found


async def served_at(reader: Reader, queue: str, since: datetime) -> list[datetime]:
    """When patients of a queue were accepted, since an instant."""
    rows = await reader.fetch(
        "select ended_at from routing.offer where queue = $1 and outcome = 'accepted' and ended_at > $2", queue, since
    )
    return [row["ended_at"] for row in rows]


async def ringing(reader: Reader, staff: Collection[UUID] | None = None) -> list[tuple[UUID, str, int]]:
    """How many works of which channel are offered to each agent (or to these) right now."""
    rows = await reader.fetch(
        """select agent, channel, count(*) as n from routing.offer
        where outcome is null and ($1::uuid[] is null or agent = any($1)) group by agent, channel""",
        None if staff is None else list(staff),
    )
    return [(row["agent"], row["channel"], row["n"]) for row in rows]


async def offers_made(reader: Reader, conversation: UUID) -> list[Offer]:
    """Every offer of a conversation in order, for its history."""
    rows = await reader.fetch(
        f"select {_OFFER} from routing.offer where conversation = $1 order by offered_at, id",  # noqa: S608
        conversation,
    )
    return [Offer(**dict(row)) for row in rows]
