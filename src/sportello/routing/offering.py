"""An offer: a conversation rings at one agent's desk for some seconds; how it begins and how it ends."""

from datetime import timedelta
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.events import OfferEnded, OfferMade
from sportello.routing.store import offers
from sportello.routing.store.offers import Offer, Queue


async def offer(house: House, tx: Transaction, talk: Conversation, agent: UUID, queue: Queue) -> Offer:
    """Offers a queued conversation, whose row the caller holds, to one agent; its end is promised with it."""
    now = house.clock.now()
    made = Offer(uuid7(), talk.id, agent, queue.id, now, now + timedelta(seconds=queue.offer_seconds))
    await move(house, tx, talk.id, State.OFFERED, expected=State.QUEUED, by=SYSTEM)
    await offers.insert_offer(tx, made)
    await promise_end(house, tx, made)
    body = {"offer": str(made.id), "conversation": str(talk.id), "expires_at": made.expires_at}
    await house.streams.append(tx, f"desk:{agent}", "offer", body, audience="staff", client_id=made.id)
    await house.news.announce(tx, OfferMade(made.id, talk.id, agent, made.expires_at))
    return made


async def promise_end(house: House, tx: Transaction, running: Offer) -> None:
    """The offer will be looked at when its time runs out; promised twice it is promised once."""
    payload = {"offer": str(running.id)}
    await house.jobs.enqueue(tx, "routing.lapse", payload, run_at=running.expires_at, dedupe_key=_key(running.id))


async def settle(house: House, tx: Transaction, ended: Offer, outcome: str) -> None:
    """Ends an open offer; what becomes of the conversation is the caller's, who holds its row.

    Its promised end is taken back, except by that promise itself: a job that cancels itself is rolled back.
    """
    if not await offers.end_offer(tx, ended.id, outcome, house.clock.now()):
        raise AssertionError("the conversation's lock keeps an open offer open")
    if outcome != "lapsed":
        await house.jobs.cancel(tx, _key(ended.id))
    body = {"offer": str(ended.id), "conversation": str(ended.conversation), "why": outcome}
    await house.streams.append(tx, f"desk:{ended.agent}", "offer-ended", body, audience="staff")
    await house.news.announce(tx, OfferEnded(ended.id, ended.conversation, ended.agent, outcome))


def _key(offer_id: UUID) -> str:
    return f"routing.offer:{offer_id}"
