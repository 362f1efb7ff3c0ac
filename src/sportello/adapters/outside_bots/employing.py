"""Who speaks first in a conversation: the bot elsewhere when one is employed and well, else the embedded assistant."""

from functools import partial
from uuid import UUID

from msgspec.structs import replace

from sportello.adapters.outside_bots import guard, silence, store
from sportello.adapters.outside_bots.connection import connection_of
from sportello.adapters.outside_bots.forwarding import look_at_once
from sportello.adapters.outside_bots.kinds import bot_of
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.trouble import BotTrouble
from sportello.adapters.outside_bots.wording import ANNOUNCED
from sportello.bots.ports import BotPort, BotSession, Conversation
from sportello.conversations import posting
from sportello.conversations.events import Moved
from sportello.conversations.states import State
from sportello.conversations.store import get as read_talk
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of


class Employed:
    """What the embedded assistant asks before it speaks."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def takes(self, house: House, tx: Transaction, conversation: UUID, language: str) -> bool:
        """True when the bot elsewhere has the conversation from now on; the patient is told what it is, and what not.

        While it is down, conversations go to the embedded assistant, or straight to people, as was chosen.
        """
        terms = await connection_of(house, tx)
        if not terms.employed:
            return False
        down = self._relay.breaker.is_open(house.clock.now())
        if down and terms.fallback == "assistant":
            return False
        stream = f"conversation:{conversation}"
        heads = await events_of.heads(tx, [stream])
        cursor = int(heads[stream]["last_seq"]) if stream in heads else 0
        await store.begin(tx, conversation, guard.fresh(language), cursor, house.clock.now())
        if session := await store.read(tx, conversation):
            await silence.watch(house, tx, session, terms)
        clinic = house.settings.clinic
        words = translate(language, ANNOUNCED, clinic=clinic.name, number=clinic.emergency_number)
        await posting.say(house, tx, conversation, words, sender="bot")
        tx.after_commit(lambda: self._relay.wake(conversation))
        return True

    async def heard(self, house: House, events: list[Event]) -> None:
        """Patients wrote: whichever of these conversations is a bot's elsewhere goes on."""
        terms = await connection_of(house)
        if not terms.employed:
            return
        for stream in dict.fromkeys(e.stream for e in events if e.kind == "message" and e.sender == "patient"):
            conversation = UUID(stream.removeprefix("conversation:"))
            session = await store.read(house.db, conversation)
            if session and session.state in ("opening", "open"):
                await look_at_once(house, conversation, terms)
                self._relay.wake(conversation)

    async def moved(self, house: House, tx: Transaction, moved: Moved) -> None:
        """The bot hears, as far as it can, how the handover went; its failure harms nobody."""
        if moved.target is State.BOT:
            return
        state = {State.ACTIVE: "accepted", State.WRAP_UP: "completed"}.get(moved.target)
        if moved.target is State.CLOSED:
            state = "closed" if moved.source in (State.BOT, State.WRAP_UP) else "failed"
        session = await store.read(tx, moved.conversation)
        if session is None or session.state == "closed" or (state is None and moved.source is not State.BOT):
            return
        if moved.source is State.BOT and session.state != "handed":
            await store.keep(
                tx, replace(session, state="handed", handed_at=house.clock.now(), waiting_since=None, reason="taken")
            )
        if state and session.memory:
            tx.after_commit(partial(self._tell_later, house, session, state))

    def _tell_later(self, house: House, session: store.Session, state: str) -> None:
        house.tasks.start(self._tell(house, session, state), name="handover status")

    async def _tell(self, house: House, session: store.Session, state: str) -> None:
        bot: BotPort | None = bot_of(house, await connection_of(house))
        talk = await read_talk(house.db, session.conversation)
        if bot is None or talk is None:
            return
        there = BotSession(Conversation(session.conversation, talk.language), dict(session.memory))
        try:
            if state == "accepted":
                await bot.status(there, "accepted")
            elif state == "failed":
                await bot.status(there, "failed")
            elif state == "completed":
                await bot.status(there, "completed")
            else:
                await bot.close(there, state)
        except (BotTrouble, TimeoutError, OSError):
            return
