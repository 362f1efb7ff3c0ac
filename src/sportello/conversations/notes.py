"""Notes that colleagues read and the patient does not."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import rules
from sportello.conversations.moves import locked
from sportello.conversations.posting import hide
from sportello.conversations.refusals import NOTE_TOO_LONG, NOTE_WANTED, NotPossible, moved_on, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7


async def write_note(
    house: House, tx: Transaction, conversation: UUID, by: Actor, text: str, client_id: UUID | None = None
) -> Conversation:
    """The note of the conversation's after-work, also kept in its transcript; written again it replaces the first.

    Raises NotPossible when it is empty or too long, when the conversation is closed, or when `by` may not.
    """
    talk = await locked(tx, conversation)
    if talk.state is State.CLOSED:
        raise moved_on(talk.state)
    if str(talk.agent) != by.id and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    try:
        note = rules.clean_text(text)
    except rules.Unacceptable as refusal:
        message = (
            NOTE_WANTED if refusal.code == "empty" else NOTE_TOO_LONG if refusal.code == "too-long" else refusal.message
        )
        raise NotPossible(message, refusal.code, talk.state) from refusal
    said = {"text": note}
    await hide(house, said, f"agent:{by.id}", "note", tx)
    note = said["text"]
    if note == talk.wrap_up_note:  # the same form sent twice
        return talk
    await talks.set_note(tx, conversation, note)
    body = {"text": note, "name": by.name, "wrap_up": True}
    await house.streams.append(
        tx, talk.stream, "note", body, sender=f"agent:{by.id}", audience="staff", client_id=client_id or uuid7()
    )
    await audit.record(house, tx, by, "conversation.noted", patient=talk.patient_id, entity=str(conversation))
    return talk
