"""Questions that rooms above ask about routing."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store import get
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import places, planning
from sportello.routing.rules import PRESENCE_NAMES, Presence
from sportello.routing.store import attention, offers, presences
from sportello.routing.store.attention import Kept
from sportello.routing.store.offers import Offer, Reader
from sportello.routing.store.presences import Standing

__all__ = [
    "PRESENCE_NAMES",
    "Offer",
    "OfferView",
    "Presence",
    "Standing",
    "agents",
    "loads",
    "offers_of",
    "queue_names",
]


class OfferView(Struct, frozen=True):
    """An open offer with what the agent needs to decide; `reason` is a code."""

    id: UUID
    conversation: UUID
    patient_id: str | None
    visitor_name: str
    topic: str
    summary: str
    reason: str
    language: str
    priority: int
    waiting_since: datetime
    offered_at: datetime
    expires_at: datetime
    seconds: int
    channel: str
    queue: str


async def offers_of(reader: Reader, staff: UUID) -> list[OfferView]:
    """What rings at an agent's desk right now, the oldest first."""
    views = []
    for one in await offers.open_offers(reader, staff):
        talk = await get(reader, one.conversation)
        assert talk is not None, "an offer's conversation exists"
        views.append(
            OfferView(
                one.id,
                talk.id,
                talk.patient_id,
                talk.visitor_name,
                talk.topic,
                talk.summary,
                talk.reason,
                talk.language,
                talk.priority,
                talk.queued_at or one.offered_at,
                one.offered_at,
                one.expires_at,
                one.seconds,
                talk.channel,
                talk.queue or "",
            )
        )
    return views


async def agents(reader: Reader) -> list[Standing]:
    """Everybody who ever had a presence."""
    return await presences.standings(reader)


async def presences_since(reader: Reader, staff: UUID, since: datetime) -> list[Kept]:
    """Somebody's presences in order, with why, and who chose them for somebody else."""
    return await attention.history(reader, staff, since)


async def loads(house: House, tx: Transaction) -> dict[UUID, tuple[int, int]]:
    """Of everybody who ever had a presence the units taken by work, and the units they have."""
    return await places.loads(house, tx, await presences.standings(tx))


async def queue_names(house: House, reader: Reader, language: str) -> dict[str, str]:
    """The queues' names, in the order of the plan."""
    return {queue.id: queue.name.said(language) for queue in (await planning.current(house, reader)).queues}
