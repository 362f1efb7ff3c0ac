"""What supervisors can always do, and agents with their own: put a conversation back, or into somebody's hands."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import parties, rules
from sportello.conversations.ending import close
from sportello.conversations.handover import escalate
from sportello.conversations.inviting import MOST_NOTE
from sportello.conversations.moves import locked, move
from sportello.conversations.refusals import NotPossible, moved_on, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import planning
from sportello.routing.noticing import tell_given, tell_taken
from sportello.routing.offering import settle
from sportello.routing.people import agent_name
from sportello.routing.store import offers, presences

NO_QUEUE = N_("There is no such queue.")
REASON_WANTED = N_("Say why: the reason is kept with the conversation.")
GIVEN_MEANWHILE = N_("Meanwhile this conversation went to %(name)s. Look again before you assign it.")


async def release(
    house: House, tx: Transaction, conversation: UUID, actor: Actor, queue: str | None = None, note: str = ""
) -> Conversation:
    """Back into the queue (or into another): the agent who has it, or a supervisor. Released already, it stays so.

    The note is for the colleague who takes it next. Raises NotPossible for a queue that does not exist.
    """
    if queue is not None and queue not in {one.id for one in (await planning.current(house, tx)).queues}:
        raise NotPossible(NO_QUEUE, "no-queue")
    talk = await locked(tx, conversation)
    if talk.state is State.QUEUED and queue in (None, talk.queue):
        return talk
    if str(talk.agent) != actor.id and not actor.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    if note.strip() or queue not in (None, talk.queue):
        kept = rules.clean_block(note, MOST_NOTE).strip()
        await parties.tell(house, tx, talk, "queued", "transfer", await _queue_name(house, tx, queue or talk.queue),
                           actor.name, kept)  # fmt: skip
    back = await move(
        house, tx, conversation, State.QUEUED, expected={State.ACTIVE, State.WAITING}, by=actor, queue=queue,
        reason="released",
    )  # fmt: skip
    await tell_taken(house, tx, talk, actor, "to-queue")
    await audit.record(house, tx, actor, "conversation.released", patient=talk.patient_id, entity=str(conversation))
    return back


async def _queue_name(house: House, tx: Transaction, queue: str | None) -> str:
    """In the clinic's first language: it is kept in the stream, whoever reads it."""
    return (await planning.current(house, tx)).queue(queue).name.said(house.settings.clinic.languages[0])


async def assign_to(
    house: House,
    tx: Transaction,
    conversation: UUID,
    staff: UUID,
    actor: Actor,
    note: str = "",
    seen: str | None = None,
) -> Conversation:
    """Gives a conversation to an agent, wherever it is, whatever the agent's presence and load; only supervisors.

    Given to oneself it is a taking over. Who did it and why stays in the stream for staff. `seen` is whose it was when
    the supervisor looked ("" nobody's): given to somebody meanwhile, they are told to whom and decide anew.
    """
    if not actor.may(Permission.SUPERVISE):
        raise not_yours(State.ACTIVE)
    talk = await locked(tx, conversation)
    if talk.state is State.ACTIVE and talk.agent == staff:
        return talk
    if talk.state in (State.WRAP_UP, State.CLOSED):
        raise moved_on(talk.state)
    if seen is not None and talk.agent is not None and str(talk.agent) != seen:
        raise NotPossible(GIVEN_MEANWHILE, "moved", talk.state, name=talk.agent_name)
    name = await agent_name(tx, staff)
    if talk.state is State.BOT:
        talk = await escalate(house, tx, conversation, reason="supervisor", by=actor)
    if talk.state is State.OFFERED and (ringing := await offers.open_offer(tx, conversation)):
        await settle(house, tx, ringing, "withdrawn")
    own = str(staff) == actor.id
    await parties.tell(house, tx, talk, "taken-over" if own else "assigned", "transfer", name, actor.name,
                       rules.clean_block(note, MOST_NOTE).strip())  # fmt: skip
    given = await move(
        house, tx, conversation, State.ACTIVE, expected=talk.state, by=actor, agent=staff, agent_name=name,
        reason="taken-over" if own else "assigned",
    )  # fmt: skip
    await tell_taken(house, tx, talk, actor, "to-other")
    if not own:
        await tell_given(house, tx, talk, staff)
    await presences.served(tx, staff, house.clock.now())
    await audit.record(
        house, tx, actor, "conversation.assigned", patient=talk.patient_id, entity=str(conversation),
        detail={"agent": str(staff), "taken_over": own},
    )  # fmt: skip
    return given


async def force_close(house: House, tx: Transaction, conversation: UUID, actor: Actor, why: str) -> Conversation:
    """Closes a conversation wherever it is, for a reason that is kept with it; only supervisors. Closed, it stays so.

    Raises NotPossible without a reason.
    """
    if not actor.may(Permission.SUPERVISE):
        raise not_yours(State.ACTIVE)
    kept = rules.clean_block(why, MOST_NOTE).strip()
    if not kept:
        raise NotPossible(REASON_WANTED, "note-wanted")
    talk = await locked(tx, conversation)
    if talk.state is State.CLOSED:
        return talk
    await parties.tell(house, tx, talk, "force-closed", "close", actor.name, actor.name, kept)
    await tell_taken(house, tx, talk, actor, "closed")
    own = str(talk.agent) == actor.id  # whose after-work wants a note
    return await close(house, tx, conversation, actor, reason="force-closed", note=kept if own else None)
