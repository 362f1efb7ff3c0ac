"""Writes down when a bot has a conversation, how it left it and when a person had it: what the measures count."""

from uuid import UUID

from sportello.bots.store import stays
from sportello.conversations.events import Moved
from sportello.conversations.states import WITH_AGENT, State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House

TAKEN = "taken"


async def begins(house: House, tx: Transaction, talk: Conversation, bot: str) -> None:
    """`bot` ("assistant", or "own" for the hospital's own) has it from now on."""
    await stays.begin(tx, talk.id, bot, talk.channel, talk.language, house.clock.now())


async def counted(tx: Transaction, conversation: UUID, turns: int, misses: int = 0) -> None:
    """So many of the patient's turns were answered, and not understood."""
    await stays.count(tx, conversation, turns, misses)


async def moved(house: House, tx: Transaction, moved: Moved) -> None:
    """A conversation that ends without a person was contained, whoever ended it."""
    now = house.clock.now()
    if moved.source is State.BOT:
        person = moved.target is not State.CLOSED
        reason = moved.reason or (TAKEN if person else "")
        await stays.leave(tx, moved.conversation, "person" if person else "ended", reason, now)
    if moved.target in WITH_AGENT and moved.target is not State.WRAP_UP:
        await stays.reach(tx, moved.conversation, now)
