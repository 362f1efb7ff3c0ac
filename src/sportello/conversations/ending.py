"""How a conversation ends: by agent, patient or supervisor; the wrap-up note; the closing."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import store
from sportello.conversations.moves import NotPossible, locked, move
from sportello.conversations.rules import LONGEST, cleaned
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

NOTE_MISSING = N_("Write a note before you close: what was asked and what was done.")
NOTE_TOO_LONG = N_("This note is too long: at most 4,000 characters.")
_S = State


async def end(house: House, tx: Transaction, conversation: UUID, by: Actor, reason: str = "") -> Conversation:
    """With an agent it goes to wrap-up; without one it is closed. Ending what has ended changes nothing."""
    found = await locked(tx, conversation)
    if found.state in (_S.WRAP_UP, _S.CLOSED):
        return found
    if by.kind == "staff" and found.agent != UUID(by.id) and not by.may("conversation.supervise"):
        raise NotPossible
    await store.set_end(tx, conversation, by.kind)
    if found.state in (_S.ACTIVE, _S.WAITING):
        return await move(
            house, tx, conversation, _S.WRAP_UP, expected={_S.ACTIVE, _S.WAITING}, by=by, reason=reason or "ended"
        )
    return await move(
        house, tx, conversation, _S.CLOSED, expected={_S.BOT, _S.QUEUED, _S.OFFERED}, by=by, reason=reason or "ended"
    )


async def write_note(house: House, tx: Transaction, conversation: UUID, by: Actor, note: str) -> None:
    """Keeps the wrap-up note; it may be rewritten until the closing."""
    text = cleaned(note) or ""
    if not text:
        raise NotPossible(NOTE_MISSING)
    if len(text) > LONGEST:
        raise NotPossible(NOTE_TOO_LONG)
    found = await locked(tx, conversation)
    if found.state is not _S.WRAP_UP or found.agent != UUID(by.id):
        raise NotPossible
    await store.set_note(tx, conversation, text)
    await audit.record(house, tx, by, "conversation.note_written", patient=found.patient_id, entity=str(conversation))


async def close(house: House, tx: Transaction, conversation: UUID, by: Actor, reason: str = "") -> Conversation:
    """After the note the agent closes; a supervisor may close anything, with a reason. Twice is the same as once."""
    found = await locked(tx, conversation)
    if found.state is _S.CLOSED:
        return found
    own = found.state is _S.WRAP_UP and found.agent is not None and str(found.agent) == by.id
    if not own and not by.may("conversation.supervise"):
        raise NotPossible
    if own and not found.wrap_up_note:
        raise NotPossible(NOTE_MISSING)
    if found.state in (_S.ACTIVE, _S.WAITING):
        await move(house, tx, conversation, _S.WRAP_UP, expected=found.state, by=by, reason=reason)
    return await move(
        house, tx, conversation, _S.CLOSED, expected={_S.WRAP_UP, _S.BOT, _S.QUEUED, _S.OFFERED}, by=by, reason=reason
    )
