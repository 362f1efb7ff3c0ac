"""When a patient falls silent in a talk with the bot: a reminder, then a farewell, after the minutes that the scenario
`inactivity` says. What the bot had asked stays asked, so that whoever comes back can still answer it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from sportello.bots import store
from sportello.bots.applying import apply
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.ports import BotPort, Effect, End
from sportello.bots.state import State
from sportello.bots.walking import say
from sportello.conversations.moves import NoSuchConversation, locked
from sportello.conversations.states import State as Stage
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job

REMIND, CLOSE = "inactivity.remind", "inactivity.close"


async def watch(house: House, tx: Transaction, conversation: UUID, node: str = REMIND) -> None:
    """Promises to look at the conversation when its patient has been silent for as long as the node says."""
    bot: BotPort = house.port(BotPort)
    if not isinstance(bot, EmbeddedBot):
        return
    wait = timedelta(minutes=bot.mind.library.node(node).wait)
    await house.jobs.enqueue(
        tx, "bots.quiet", {"conversation": str(conversation), "node": node}, run_at=house.clock.now() + wait,
        dedupe_key=f"bots.quiet:{conversation}",
    )  # fmt: skip


@job("bots.quiet")
async def fell_silent(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Reminds, or closes; nothing when the patient wrote meanwhile, or the bot has no part in it any more."""
    conversation, ref, now = UUID(payload["conversation"]), str(payload["node"]), house.clock.now()
    try:
        found = await locked(tx, conversation)
    except NoSuchConversation:
        return
    talk, bot = await store.lock(tx, conversation), house.port(BotPort)
    if found.state is not Stage.BOT or talk is None or talk.ended_at or not isinstance(bot, EmbeddedBot):
        return
    node = bot.mind.library.node(ref)
    if now - talk.last_at < timedelta(minutes=node.wait):
        return  # a promise of its own was made when the patient wrote
    text = node.say or node.end
    assert text is not None, "checked when the scenarios were read"
    effects: list[Effect] = [say(bot.mind, msgspec.convert(talk.memory, State), text)]
    if ref == CLOSE:
        await apply(house, tx, conversation, [*effects, End("inactive")], now)
        return
    await apply(house, tx, conversation, effects, now)
    await watch(house, tx, conversation, CLOSE)
