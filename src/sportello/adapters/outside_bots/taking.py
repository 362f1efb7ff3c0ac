"""What a bot elsewhere did, done to the conversation: each event once, in the transaction that moves the watermark.

The bot speaks to the patient only while it has the conversation; later words are a note for the agent.
"""

from uuid import UUID

from msgspec.structs import replace

from sportello.adapters.outside_bots import silence, store
from sportello.adapters.outside_bots.connection import connection_of
from sportello.adapters.outside_bots.store import Session
from sportello.adapters.outside_bots.wording import LATE, SORRY, summary_of
from sportello.bots.applying import apply
from sportello.bots.ports import BotEvent, Escalate, Say, Typing
from sportello.conversations import handover, posting
from sportello.conversations.moves import locked
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import uuid7

MOST_SAID = 12  # messages to one of the patient's: a bot that says more is talking nonsense


def hold_key(conversation: UUID) -> str:
    return f"adapters.bot_hold:{conversation}"


def patience_key(conversation: UUID) -> str:
    return f"adapters.bot_patience:{conversation}"


async def take(house: House, conversation: UUID, event: BotEvent) -> None:
    """One event, whatever way and however often it comes."""
    if isinstance(event.effect, Typing):
        house.streams.broadcast(f"conversation:{conversation}", {"t": "typing", "by": "bot"})
        return

    async def work(tx: Transaction) -> None:
        talk = await locked(tx, conversation)
        session = await store.lock(tx, conversation)
        if session is None or session.state == "closed":
            return
        if event.cursor:
            session = replace(session, watermark=event.cursor)
        if await store.receive(tx, conversation, event.event_id):
            session = await _done(house, tx, talk, session, event)
        await store.keep(tx, session)

    await house.db.run(work)


async def _done(house: House, tx: Transaction, talk: Conversation, session: Session, event: BotEvent) -> Session:
    if talk.state is not State.BOT or session.state not in ("opening", "open"):
        await _note(house, tx, talk, event)
        return session
    effect = event.effect
    if isinstance(effect, Say) and session.said >= MOST_SAID:
        return await to_person(house, tx, talk, session, "bot-error")
    if isinstance(effect, Escalate) and effect.reason == "bot-error":
        return await to_person(house, tx, talk, session, "bot-error")
    if isinstance(effect, Escalate):
        effect = replace(effect, summary=effect.summary or summary_of("bot-asked"))
    now = house.clock.now()
    done = await apply(house, tx, talk.id, [effect], now)
    if isinstance(effect, Say):
        session = await settled(house, tx, replace(session, said=session.said + 1, answered_at=now))
        await silence.watch(house, tx, session, await connection_of(house, tx))
    return await handed(house, tx, session, done.reason or done.outcome) if done.over else session


async def settled(house: House, tx: Transaction, session: Session) -> Session:
    """The patient waits for the bot no longer."""
    if session.waiting_since is None:
        return session
    await house.jobs.cancel(tx, hold_key(session.conversation))
    await house.jobs.cancel(tx, patience_key(session.conversation))
    return replace(session, waiting_since=None, held=False)


async def handed(house: House, tx: Transaction, session: Session, reason: str) -> Session:
    """The bot has the conversation no longer; the first reason stays."""
    settled_now = await settled(house, tx, session)
    return replace(settled_now, state="handed", handed_at=house.clock.now(), reason=session.reason or reason)


async def to_person(house: House, tx: Transaction, talk: Conversation, session: Session, reason: str) -> Session:
    """The bot failed: the patient is told so in one sentence, and stands in the queue."""
    if talk.state is State.BOT:
        number = house.settings.clinic.emergency_number
        await posting.say(house, tx, talk.id, translate(talk.language, SORRY, number=number), sender="bot")
        await handover.escalate(
            house, tx, talk.id, reason=reason, summary=summary_of(reason), priority=10,
            context={"language": talk.language},
        )  # fmt: skip
    return await handed(house, tx, session, reason)


async def _note(house: House, tx: Transaction, talk: Conversation, event: BotEvent) -> None:
    """What came too late, for whoever has the conversation now."""
    if not isinstance(event.effect, Say) or talk.state is State.CLOSED or talk.state is State.BOT:
        return
    said = translate(house.settings.clinic.languages[0], LATE, text=event.effect.text)
    body = {"text": said[:4_000], "name": "Bot"}
    await posting.hide(house, body, "bot", "note", tx)
    await house.streams.append(tx, talk.stream, "note", body, sender="bot", audience="staff", client_id=uuid7())
