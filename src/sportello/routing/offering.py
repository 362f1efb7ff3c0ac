"""An offer: a conversation rings at one agent's desk for some seconds; how it begins and how it ends."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations import moves
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.events import OfferEnded, OfferMade
from sportello.routing.plan.parts import Plan
from sportello.routing.store import offers, placements, presences
from sportello.routing.store.offers import Offer


async def offer_all(
    house: House, tx: Transaction, plan: Plan, pairs: Sequence[tuple[Conversation, UUID]]
) -> list[Offer]:
    """Offers queued conversations, whose rows the caller holds, each to one agent; their ends are promised too."""
    if not pairs:
        return []
    now = house.clock.now()
    made = []
    # Made at one instant, they are listed by their ids: in the order in which they were chosen.
    for (talk, agent), offer_id in zip(pairs, sorted(uuid7() for _ in pairs), strict=True):
        queue = plan.queue(talk.queue)
        ends = now + timedelta(seconds=queue.offer_seconds)
        made.append(Offer(offer_id, talk.id, agent, queue.id, now, ends, channel=talk.channel))
    await placements.leave(tx, [talk.id for talk, _ in pairs])
    await moves.offer_all(house, tx, [talk for talk, _ in pairs], SYSTEM)
    await offers.insert_offers(tx, made)
    await presences.given(tx, {agent for _, agent in pairs}, now)
    promises = [({"offer": str(one.id)}, one.expires_at, _key(one.id)) for one in made]
    await house.jobs.enqueue_all(tx, "routing.lapse", promises)
    for one in made:
        body = {"offer": str(one.id), "conversation": str(one.conversation), "expires_at": one.expires_at}
        await house.streams.append(tx, f"desk:{one.agent}", "offer", body, audience="staff", client_id=one.id)
    for one in made:
        by_itself = plan.workstream(one.channel).notice.auto_accept
        await house.news.announce(tx, OfferMade(one.id, one.conversation, one.agent, one.expires_at, by_itself))
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
