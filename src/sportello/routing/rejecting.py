"""Saying no to an offer: the conversation goes on to the next agent."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.moves import NotPossible, locked, move
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import planning
from sportello.routing.accepting import held
from sportello.routing.assigning import look_soon
from sportello.routing.offering import settle
from sportello.routing.refusals import over
from sportello.routing.store import attention, offers, presences

NO_REJECT = N_("Conversations of this kind cannot be rejected.")


async def reject(house: House, tx: Transaction, offer_id: UUID, actor: Actor) -> None:
    """The next agent is asked at once. Rejecting twice, or what has run out, changes nothing.

    Raises OfferOver for an offer that is not the actor's, or that was accepted.
    """
    found = await held(tx, offer_id, actor)
    if found.outcome == "accepted":
        raise over(found)
    if found.outcome is not None:
        return
    talk = await locked(tx, found.conversation)
    if not (await planning.current(house, tx)).workstream(talk.channel).notice.may_reject:
        raise NotPossible(NO_REJECT, "no-reject", talk.state)
    await settle(house, tx, found, "rejected")
    await presences.served(tx, found.agent, house.clock.now())
    await attention.answered(tx, found.agent)
    talk = await move(house, tx, found.conversation, State.QUEUED, expected=State.OFFERED, by=actor, reason="rejected")
    look_soon(house, tx)
    await audit.record(
        house, tx, actor, "conversation.rejected", patient=talk.patient_id, entity=str(found.conversation)
    )


async def give_back(house: House, tx: Transaction, agent: UUID, outcome: str) -> int:
    """Ends everything offered to an agent who cannot answer (`lost`) or will not (`withdrawn`); how many."""
    ended = 0
    for ringing in sorted(await offers.open_offers(tx, agent), key=lambda one: one.conversation):
        found = await held(tx, ringing.id)
        if found.outcome is None:
            await settle(house, tx, found, outcome)
            await move(house, tx, found.conversation, State.QUEUED, expected=State.OFFERED, by=SYSTEM, reason=outcome)
            ended += 1
    if ended:
        look_soon(house, tx)
    return ended
