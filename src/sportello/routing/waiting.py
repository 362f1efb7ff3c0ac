"""Talks put by until the patient writes again: they free the agent's place, and come back to the same agent if that
one is there and has a place, else to the queue.
"""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.moves import locked, move
from sportello.conversations.refusals import not_yours
from sportello.conversations.states import State
from sportello.conversations.store import Conversation, lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing.places import may_have
from sportello.routing.store import presences


async def put_by(house: House, tx: Transaction, conversation: UUID, actor: Actor) -> Conversation:
    """The agent goes on with other things until the patient writes. Put by already, it stays so."""
    talk = await locked(tx, conversation)
    if str(talk.agent) != actor.id:
        raise not_yours(talk.state)
    if talk.state is State.WAITING:
        return talk
    waiting = await move(house, tx, conversation, State.WAITING, expected=State.ACTIVE, by=actor, reason="put-by")
    await audit.record(house, tx, actor, "conversation.put_by", patient=talk.patient_id, entity=str(conversation))
    return waiting


async def take_up(house: House, tx: Transaction, conversation: UUID, actor: Actor) -> Conversation:
    """The agent goes on with it before the patient has written."""
    talk = await locked(tx, conversation)
    if str(talk.agent) != actor.id:
        raise not_yours(talk.state)
    if talk.state is State.ACTIVE:
        return talk
    return await _again(house, tx, talk, actor, "taken-up")


async def bring_back(house: House) -> int:
    """Every talk put by whose patient has written; how many."""
    found = await lists.returned(house.db)
    for conversation in found:
        await house.db.run(lambda tx, one=conversation: _return(house, tx, one))  # type: ignore[misc]
    return len(found)


async def _return(house: House, tx: Transaction, conversation: UUID) -> None:
    talk = await locked(tx, conversation)
    if talk.state is not State.WAITING or talk.last_patient_at is None or talk.last_patient_at <= talk.state_since:
        return
    assert talk.agent is not None
    if await may_have(house, tx, talk.agent, talk):
        await _again(house, tx, talk, SYSTEM, "returned")
    else:
        await move(house, tx, conversation, State.QUEUED, expected=State.WAITING, by=SYSTEM, reason="returned")


async def _again(house: House, tx: Transaction, talk: Conversation, by: Actor, reason: str) -> Conversation:
    assert talk.agent is not None
    active = await move(
        house, tx, talk.id, State.ACTIVE, expected=State.WAITING, by=by, agent=talk.agent, agent_name=talk.agent_name,
        reason=reason,
    )  # fmt: skip
    await presences.served(tx, talk.agent, house.clock.now())
    return active
