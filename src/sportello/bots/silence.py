"""Ends talks with the bot in which the patient has fallen silent; a new message opens a new conversation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import BOT
from sportello.bots import store
from sportello.conversations import ending, posting
from sportello.conversations.moves import NoSuchConversation, locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.jobs import job

PATIENCE = timedelta(minutes=30)
FAREWELL = N_("I have not heard from you for a while, so I am closing this conversation. Write again at any time.")


async def await_words(house: House, tx: Transaction, conversation: UUID) -> None:
    """Sets or renews the time until which the bot waits."""
    await house.jobs.enqueue(
        tx, "bots.silence", {"conversation": str(conversation)}, run_at=house.clock.now() + PATIENCE,
        dedupe_key=f"bots.silence:{conversation}",
    )  # fmt: skip


@job("bots.silence")
async def close_silent(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Nothing when the conversation is no longer the bot's, or the patient wrote meanwhile."""
    conversation = UUID(payload["conversation"])
    try:
        found = await locked(tx, conversation)
    except NoSuchConversation:
        return
    talk = await store.lock(tx, conversation)
    if found.state is not State.BOT or talk is None or talk.ended_at:
        return
    if house.clock.now() - talk.last_at < PATIENCE:
        return
    await posting.say(house, tx, conversation, translate(found.language, FAREWELL), sender="bot")
    await ending.end(house, tx, conversation, BOT, "silence")
    await store.end(tx, conversation, 0, house.clock.now())
