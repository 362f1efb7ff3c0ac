"""In which language a patient is spoken to: what the conversation began with, until staff hear that it is another."""

from uuid import UUID

from msgspec.structs import replace

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.store import talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

NOT_SPOKEN = N_("This language is not offered.")


async def speak(house: House, tx: Transaction, conversation: UUID, language: str, by: Actor) -> Conversation:
    """From now on quick replies, the bot and letters use this language. Raises NotPossible."""
    talk = await locked(tx, conversation)
    if str(talk.agent) != by.id and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    if language not in house.settings.clinic.languages:
        raise NotPossible(NOT_SPOKEN, "unknown", talk.state)
    if talk.language == language:
        return talk
    await talks.set_language(tx, conversation, language)
    await audit.record(
        house, tx, by, "conversation.language_set", patient=talk.patient_id, entity=str(conversation),
        detail={"before": talk.language, "after": language},
    )  # fmt: skip
    return replace(talk, language=language)
