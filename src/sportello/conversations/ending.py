"""How a conversation ends: by the patient, the agent, the bot, a supervisor or by silence; and how it is closed."""

from datetime import timedelta
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import Permission
from sportello.conversations import rules
from sportello.conversations.moves import locked, move
from sportello.conversations.notes import write_note
from sportello.conversations.refusals import NOTE_WANTED, NotPossible, moved_on, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import lists
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House

SILENCE = timedelta(hours=1)  # after which what is left with the bot is closed, should the bot itself have failed to

__all__ = ["close", "close_silent", "end", "write_note"]


async def end(house: House, tx: Transaction, conversation: UUID, by: Actor, reason: str = "") -> Conversation:
    """Ends the talk: with an agent it goes on to the after-work, else it is closed. Ended already, it stays so.

    Staff must be the agent who has it, or supervise; a patient's right was checked by the door it came through.
    """
    talk = await locked(tx, conversation)
    if talk.state in (State.WRAP_UP, State.CLOSED):
        return talk
    if by.kind == "staff":
        _check_owner(talk, by)
    ended = await move(house, tx, conversation, rules.after_end(talk.state), expected=talk.state, by=by, reason=reason)
    if by.kind == "staff":
        await audit.record(house, tx, by, "conversation.ended", patient=talk.patient_id, entity=str(conversation))
    return ended


async def close(
    house: House, tx: Transaction, conversation: UUID, by: Actor, reason: str = "", *, note: str | None = None
) -> Conversation:
    """Closes after the after-work, with its note (given now or before); closed already, it stays so.

    Who supervises may close a conversation wherever it is. Raises NotPossible without a note, before the end, or when
    it is somebody else's.
    """
    talk = await locked(tx, conversation)
    if talk.state is State.CLOSED:
        return talk
    own = str(talk.agent) == by.id and talk.state is State.WRAP_UP
    if not own and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state) if talk.state is State.WRAP_UP else moved_on(talk.state)
    if note is not None and note.strip():
        await write_note(house, tx, conversation, by, note)
    elif own and not talk.wrap_up_note:
        raise NotPossible(NOTE_WANTED, "note-wanted", talk.state)
    closed = await move(house, tx, conversation, State.CLOSED, expected=talk.state, by=by, reason=reason)
    action = "conversation.closed" if own else "conversation.force_closed"
    await audit.record(
        house, tx, by, action, patient=talk.patient_id, entity=str(conversation), detail={"from": talk.state}
    )
    return closed


def _check_owner(talk: Conversation, by: Actor) -> None:
    if str(talk.agent) != by.id and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state)


async def close_silent(house: House) -> int:
    """Closes what was left with the bot; the number of conversations closed."""
    closed = 0
    for conversation in await lists.silent_with_bot(house.db, house.clock.now() - SILENCE):

        async def work(tx: Transaction, one: UUID = conversation) -> bool:
            talk = await locked(tx, one)
            if talk.state is not State.BOT or talk.last_activity_at > house.clock.now() - SILENCE:
                return False
            await move(house, tx, one, State.CLOSED, expected=State.BOT, by=SYSTEM, reason="silence")
            return True

        closed += await house.db.run(work)
    return closed
