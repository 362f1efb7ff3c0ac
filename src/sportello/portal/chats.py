"""Opens a conversation for a browser and hands it the token that follows it; asking twice opens one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import SYSTEM
from sportello.conversations.linking import link_patient
from sportello.conversations.opening import open_conversation
from sportello.conversations.refusals import NotPossible
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token
from sportello.kit.security.tokens import hashed
from sportello.kit.streams import Listener
from sportello.portal import store
from sportello.portal.store import Chat, Session

LASTS = timedelta(days=7)


class Opened(Struct, frozen=True):
    """What the widget keeps: the conversation, its stream, and the secret that opens them."""

    conversation: UUID
    stream: str
    token: str


async def open_chat(
    house: House, tx: Transaction, key: UUID, language: str, session: Session | None = None, name: str = ""
) -> Opened:
    """The conversation of a browser's key, new or the one it has; the token is always new."""
    token, key_hash, now = new_token(), hashed(str(key)), house.clock.now()
    await store.lock_key(tx, int.from_bytes(key_hash[:8], signed=True))
    chat = await store.chat_by_key(tx, key_hash)
    if chat and session and chat.patient_id not in (None, session.patient_id):
        chat = None  # another person signed in on this browser; the key is taken over with a new conversation
        await store.drop_chat(tx, key_hash)
    if chat and session and chat.patient_id is None:
        await _claim(house, tx, key_hash, chat.conversation, session.patient_id)
    if chat:
        await store.renew_chat(tx, key_hash, hashed(token), now + LASTS)
        return Opened(chat.conversation, f"conversation:{chat.conversation}", token)
    conversation = await open_conversation(
        house, tx, patient_id=session.patient_id if session else None, visitor_name=name, language=language
    )
    chat = Chat(conversation.id, session.patient_id if session else None)
    await store.add_chat(tx, key_hash, hashed(token), chat, now, now + LASTS)
    return Opened(chat.conversation, f"conversation:{chat.conversation}", token)


async def _claim(house: House, tx: Transaction, key_hash: bytes, conversation: UUID, patient: str) -> None:
    """Somebody wrote unnamed and then signed in on the same browser: from now on the agent sees who it is."""
    try:
        await link_patient(house, tx, conversation, patient, SYSTEM)
    except NotPossible:
        return  # it has ended; what was written stays unnamed
    await store.name_chat(tx, key_hash, patient)


async def chat_of(house: House, token: str) -> Chat | None:
    """What a widget's token opens."""
    if not 20 < len(token) < 100:
        return None
    return await store.chat_by_token(house.db, hashed(token), house.clock.now())


async def listener(house: House, given: Any) -> Listener | None:
    """How the line knows a patient: by the token of a chat, which opens that one conversation."""
    chat = await chat_of(house, given) if isinstance(given, str) else None
    if chat is None:
        return None
    stream = f"conversation:{chat.conversation}"
    return Listener(kind="patient", id=chat.patient_id or stream, permissions=frozenset({stream}))
