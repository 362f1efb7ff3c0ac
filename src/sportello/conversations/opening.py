"""Opens a conversation: it begins with the bot."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.conversations import rules
from sportello.conversations.events import ConversationOpened
from sportello.conversations.hearing import hearing_of
from sportello.conversations.states import State
from sportello.conversations.store import talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import uuid7

VISITOR = N_("Visitor %(code)s")


async def open_conversation(
    house: House,
    tx: Transaction,
    *,
    patient_id: str | None = None,
    visitor_name: str = "",
    language: str = "",
    channel: str = "chat",
    topic: str | None = None,
    context: dict[str, Any] | None = None,
    conversation: UUID | None = None,
) -> Conversation:
    """A new conversation in state `bot`.

    `patient_id` is given only when the patient is signed in; whoever is not gets a name such as "Visitor 3F2A".
    `conversation` lets the caller choose the id, so that asking twice opens one: the second time answers the first.
    """
    known = set(house.settings.clinic.languages)
    talk_id, now = conversation or uuid7(), house.clock.now()
    language = language if language in known else house.settings.clinic.languages[0]
    name = rules.clean_name(visitor_name) or visitor(talk_id, language)
    talk = _fresh(talk_id, patient_id, name, language, channel, rules.clean_name(topic or ""), context or {}, now)
    if not await talks.insert(tx, talk):
        found = await talks.read(tx, talk_id)
        assert found is not None, "a conversation is never removed"
        return found
    tx.after_commit(hearing_of(house).changed)
    await house.news.announce(tx, ConversationOpened(talk.id, language, patient_id, talk.channel))
    return talk


def visitor(talk: UUID, language: str) -> str:
    """What somebody without a name is called: a code tells visitors apart."""
    return translate(language, VISITOR, code=talk.hex[-4:].upper())


def _fresh(
    talk: UUID,
    patient: str | None,
    name: str,
    language: str,
    channel: str,
    topic: str,
    context: dict[str, Any],
    now: datetime,
) -> Conversation:
    return Conversation(
        id=talk, state=State.BOT, patient_id=patient, account_patient=patient, visitor_name=name, language=language,
        channel=channel[:40], topic=topic, summary="", reason="", context=context, queue=None, agent=None,
        agent_name="", priority=0, wrap_up_note="", created_at=now, state_since=now, queued_at=None, accepted_at=None,
        ended_at=None, closed_at=None, ended_by="", last_seq=0, last_at=now, last_by="", last_patient_at=None,
        unanswered_at=None, unread=0,
    )  # fmt: skip
