"""A conversation begins: with the bot, in a stream of its own."""

from uuid import UUID

from sportello.conversations import store
from sportello.conversations.events import ConversationOpened
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

LONGEST_NAME = 200


async def open_conversation(
    house: House,
    tx: Transaction,
    *,
    patient_id: str | None = None,
    visitor_name: str = "",
    language: str = "it",
    channel: str = "chat",
    topic: str | None = None,
    conversation: UUID | None = None,
) -> Conversation:
    """A new conversation in state `bot`; announces ConversationOpened, on which the bot greets."""
    new = conversation or uuid7()
    await store.insert(
        tx, new, house.clock.now(), patient_id=patient_id, visitor_name=visitor_name.strip()[:LONGEST_NAME],
        language=language, channel=channel, topic=topic,
    )  # fmt: skip
    await house.streams.append(tx, f"conversation:{new}", "opened", {"language": language}, sender="system")
    await house.news.announce(tx, ConversationOpened(new, language))
    tx.after_commit(lambda: house.streams.broadcast("board", {"t": "hint"}))
    found = await store.get(tx, new)
    assert found is not None
    return found
