"""Accepting an offer, or taking somebody out of the queue by hand: of all who try, one gets the conversation."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations.moves import locked, move
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing.offering import settle
from sportello.routing.refusals import over, unknown
from sportello.routing.store import attention, offers, presences
from sportello.routing.store.offers import Offer

TAKEN = N_("%(name)s was quicker: this conversation is with them now.")


async def held(tx: Transaction, offer_id: UUID, actor: Actor | None = None) -> Offer:
    """An offer (of this agent) as it stands while its conversation is held; raises OfferOver when there is none."""
    found = await offers.offer(tx, offer_id)
    if found is None or (actor is not None and str(found.agent) != actor.id):
        raise unknown()
    await locked(tx, found.conversation)
    again = await offers.offer(tx, offer_id)
    assert again is not None, "offers are never removed"
    return again


async def accept(house: House, tx: Transaction, offer_id: UUID, actor: Actor) -> Conversation:
    """The conversation becomes the agent's. Accepting twice is accepting once; too late raises OfferOver.

    An offer that nobody has ended yet can be accepted, also in the moment after its time.
    """
    found = await held(tx, offer_id, actor)
    if found.outcome == "accepted":
        return await locked(tx, found.conversation)
    if found.outcome is not None:
        raise over(found)
    await settle(house, tx, found, "accepted")
    return await _give(house, tx, found.conversation, State.OFFERED, actor, "conversation.accepted")


async def take(house: House, tx: Transaction, conversation: UUID, actor: Actor) -> Conversation:
    """Takes a conversation that waits, without an offer; what is offered to the taker is accepted so.

    Taking twice is taking once; of two who try, the other is told by NotPossible who was quicker.
    """
    talk = await locked(tx, conversation)
    if talk.state is State.ACTIVE and str(talk.agent) == actor.id:
        return talk
    if talk.state is State.OFFERED:
        ringing = await offers.open_offer(tx, conversation)
        if ringing and str(ringing.agent) == actor.id:
            return await accept(house, tx, ringing.id, actor)
    if talk.state in (State.ACTIVE, State.WAITING):
        raise NotPossible(TAKEN, "moved", talk.state, name=talk.agent_name)
    return await _give(house, tx, conversation, State.QUEUED, actor, "conversation.taken")


async def _give(
    house: House, tx: Transaction, conversation: UUID, expected: State, actor: Actor, action: str
) -> Conversation:
    agent = UUID(actor.id)
    talk = await move(
        house, tx, conversation, State.ACTIVE, expected=expected, by=actor, agent=agent, agent_name=actor.name
    )
    await presences.served(tx, agent, house.clock.now())
    await attention.answered(tx, agent)
    await audit.record(house, tx, actor, action, patient=talk.patient_id, entity=str(conversation))
    return talk
