"""Removes a message for good: its words leave the stream, so also search and transcripts; that it stood there, who
removed it, when and why stays. A file that it carried is removed with it.
"""

from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import rules
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import files, redactions, talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.streams import store as events_of

WHY_WANTED = N_("Write why the message is removed.")
NO_MESSAGE = N_("There is no such message, or it cannot be removed.")
_REMOVABLE = ("message", "note")
_MOST_WHY = 300


async def redact(house: House, tx: Transaction, conversation: UUID, seq: int, by: Actor, why: str) -> Conversation:
    """Takes the words of a message or note away; a second time changes nothing. Raises NotPossible."""
    talk = await locked(tx, conversation)
    if not by.may(Permission.REDACT):
        raise not_yours(talk.state)
    why = rules.clean_name(why)[:_MOST_WHY]
    if not why:
        raise NotPossible(WHY_WANTED, "note-wanted", talk.state)
    found = await events_of.one(tx, talk.stream, seq)
    if found is None or found.kind not in _REMOVABLE:
        raise NotPossible(NO_MESSAGE, "unknown", talk.state)
    if not await redactions.add(tx, conversation, seq, UUID(by.id), by.name, why, house.clock.now()):
        return talk
    body = found.body
    left = {"redacted": True} | {key: body[key] for key in ("name",) if key in body}
    await events_of.rewrite(tx, talk.stream, seq, msgspec.json.encode(left).decode())
    if file := as_uuid(str((body.get("attachment") or {}).get("id", ""))):
        await files.remove(tx, file, house.clock.now())
    if body.get("text") and body.get("text") == talk.wrap_up_note:
        await talks.set_note(tx, conversation, "")
    await _tell(house, tx, talk, seq, str(found.client_id or seq), found.audience == "all", by, why)
    await audit.record(
        house, tx, by, "conversation.redacted", patient=talk.patient_id, entity=str(conversation), detail={"seq": seq}
    )
    return talk


async def _tell(
    house: House, tx: Transaction, talk: Conversation, seq: int, message: str, everybody: bool, by: Actor, why: str
) -> None:
    """Open pages take the words away; staff read who and why, the patient only that they are gone."""
    gone = {"seq": seq, "id": message}
    if talk.state is State.CLOSED:
        house.streams.reopen(tx, talk.stream)
        house.streams.close(tx, talk.stream)
    if everybody:
        await house.streams.append(tx, talk.stream, "redacted", gone, client_id=uuid7())
    told = gone | {"name": by.name, "why": why}
    await house.streams.append(tx, talk.stream, "redaction", told, audience="staff", client_id=uuid7())
