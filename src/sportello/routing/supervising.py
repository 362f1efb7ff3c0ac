"""What supervisors can always do, and agents with their own: put a conversation back, or into somebody's hands."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.handover import escalate
from sportello.conversations.moves import locked, move
from sportello.conversations.refusals import moved_on, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing.offering import settle
from sportello.routing.people import agent_name
from sportello.routing.store import offers, presences


async def release(
    house: House, tx: Transaction, conversation: UUID, actor: Actor, queue: str | None = None
) -> Conversation:
    """Back into the queue (or into another): the agent who has it, or a supervisor. Released already, it stays so."""
    talk = await locked(tx, conversation)
    if talk.state is State.QUEUED and queue in (None, talk.queue):
        return talk
    if str(talk.agent) != actor.id and not actor.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    back = await move(
        house, tx, conversation, State.QUEUED, expected={State.ACTIVE, State.WAITING}, by=actor, queue=queue,
        reason="released",
    )  # fmt: skip
    await audit.record(house, tx, actor, "conversation.released", patient=talk.patient_id, entity=str(conversation))
    return back


async def assign_to(house: House, tx: Transaction, conversation: UUID, staff: UUID, actor: Actor) -> Conversation:
    """Gives a conversation to an agent, wherever it is, whatever the agent's presence and load; only supervisors."""
    if not actor.may(Permission.SUPERVISE):
        raise not_yours(State.ACTIVE)
    talk = await locked(tx, conversation)
    if talk.state is State.ACTIVE and talk.agent == staff:
        return talk
    if talk.state in (State.WRAP_UP, State.CLOSED):
        raise moved_on(talk.state)
    name = await agent_name(tx, staff)
    if talk.state is State.BOT:
        talk = await escalate(house, tx, conversation, reason="supervisor", by=actor)
    if talk.state is State.OFFERED and (ringing := await offers.open_offer(tx, conversation)):
        await settle(house, tx, ringing, "withdrawn")
    given = await move(
        house, tx, conversation, State.ACTIVE, expected=talk.state, by=actor, agent=staff, agent_name=name,
        reason="assigned",
    )  # fmt: skip
    await presences.served(tx, staff, house.clock.now())
    await audit.record(
        house, tx, actor, "conversation.assigned", patient=talk.patient_id, entity=str(conversation),
        detail={"agent": str(staff)},
    )  # fmt: skip
    return given
