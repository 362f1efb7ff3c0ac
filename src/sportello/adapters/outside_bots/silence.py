"""When a patient falls silent in a talk with a bot elsewhere: the reminder and farewell that the embedded assistant
says, after the minutes that its terms name. A bot that keeps the time itself is left to it: its minutes are set to 0.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.connection import Connection, connection_of
from sportello.adapters.outside_bots.store import Session
from sportello.bots.applying import apply
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.ports import BotPort, Effect, End
from sportello.bots.quiet import CLOSE, REMIND
from sportello.bots.state import State as Spoken
from sportello.bots.walking import say
from sportello.conversations.moves import NoSuchConversation, locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job


async def watch(house: House, tx: Transaction, session: Session, terms: Connection) -> None:
    """The patient's turn begins: promises to look whether they have taken it."""
    if terms.remind_minutes:
        await _promise(house, tx, session, REMIND, terms.remind_minutes)
    elif terms.close_minutes:
        await _promise(house, tx, session, CLOSE, terms.close_minutes)


async def _promise(house: House, tx: Transaction, session: Session, node: str, minutes: int) -> None:
    await house.jobs.enqueue(
        tx, "adapters.bot_quiet",
        {"conversation": str(session.conversation), "node": node, "since": _since(session)},
        run_at=house.clock.now() + timedelta(minutes=minutes), dedupe_key=f"adapters.bot_quiet:{session.conversation}",
    )  # fmt: skip


@job("adapters.bot_quiet")
async def fell_silent(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Reminds, or closes; nothing when the patient wrote, the bot spoke again, or another has the conversation."""
    conversation, node = UUID(payload["conversation"]), str(payload["node"])
    try:
        talk = await locked(tx, conversation)
    except NoSuchConversation:
        return
    session, terms, bot = await store.lock(tx, conversation), await connection_of(house, tx), house.port(BotPort)
    if session is None or session.state not in ("opening", "open") or talk.state is not State.BOT:
        return
    if session.waiting_since is not None or _since(session) != payload["since"] or not isinstance(bot, EmbeddedBot):
        return
    found = bot.mind.library.node(node)
    text = found.say or found.end
    assert text is not None, "checked when the scenarios were read"
    effects: list[Effect] = [say(bot.mind, Spoken(talk.language), text)]
    if node == REMIND:
        await apply(house, tx, conversation, effects, house.clock.now())
        if terms.close_minutes:
            await _promise(house, tx, session, CLOSE, terms.close_minutes)
        return
    await apply(house, tx, conversation, [*effects, End("inactive")], house.clock.now())


def _since(session: Session) -> str:
    return (session.answered_at or session.opened_at).isoformat()
