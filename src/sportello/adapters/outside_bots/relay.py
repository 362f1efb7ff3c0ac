"""One process at a time reads a bot and tells it what the patient wrote: a lease in the database says which. A restart
goes on from the stored watermark; what was on its way when a process died is not sent again.
"""

import asyncio
import contextlib
from datetime import timedelta
from uuid import UUID

import structlog
from msgspec.structs import replace

from sportello.adapters.outside_bots import patience, store, watched
from sportello.adapters.outside_bots.connection import Connection, connection_of
from sportello.adapters.outside_bots.forwarding import Turn, next_turn
from sportello.adapters.outside_bots.hearing import Ear, listening
from sportello.adapters.outside_bots.kinds import bot_of
from sportello.adapters.outside_bots.store import Session
from sportello.adapters.outside_bots.taking import take, to_person
from sportello.adapters.outside_bots.trace import masked, note
from sportello.adapters.outside_bots.trouble import BotBusy, BotRefused, BotTrouble, ConversationGone
from sportello.bots.ports import BotEvent, BotPort, BotSession, Conversation, PatientTurn, Say
from sportello.conversations.moves import NoSuchConversation, locked
from sportello.conversations.store import get as read_talk
from sportello.kit.breaker import Breaker
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import StreamClosed
from sportello.kit.tasks import woken
from sportello.kit.traces import where

log = structlog.get_logger("outside_bots")
LEASE, RENEW, SWEEP = 15.0, 5.0, 5.0  # seconds
LINGER = timedelta(minutes=2)  # after the handover in which late words are still read
_OPENING = 20.0  # seconds
_GONE_ON = (StreamClosed, NoSuchConversation)


class Relay:
    """The talks that this process has; `me` is its name on leases."""

    def __init__(self, house: House) -> None:
        self.me = uuid7()
        self.breaker = Breaker()
        self._house = house
        self._running: dict[UUID, Ear] = {}

    def wake(self, conversation: UUID) -> None:
        """Something happened in a conversation that may be a bot's elsewhere."""
        if ear := self._running.get(conversation):
            ear.woken.set()
            return
        ear = self._running[conversation] = Ear()
        self._house.tasks.start(self._run(conversation, ear), name="outside bot")

    async def _run(self, conversation: UUID, ear: Ear) -> None:
        house = self._house
        try:
            if await self._leased(conversation):
                async with listening(house, conversation, ear):
                    while await self._talk(conversation, ear):
                        pass
        except _GONE_ON:
            pass
        except Exception as error:
            log.error("a talk with the bot failed", conversation=str(conversation), error=where(error))
            await self.lose(conversation, "bot-error")
        finally:
            del self._running[conversation]
            with contextlib.suppress(Exception):
                await store.release(house.db, conversation, self.me)

    async def _leased(self, conversation: UUID) -> bool:
        now = self._house.clock.now()
        return await store.lease(self._house.db, conversation, self.me, now, now + timedelta(seconds=LEASE))

    async def _talk(self, conversation: UUID, ear: Ear) -> bool:
        """True when the bot had forgotten the talk and is to be spoken to anew, which happens once."""
        house, terms = self._house, await connection_of(self._house)
        bot = bot_of(house, terms)
        session = await store.read(house.db, conversation)
        if bot is None or session is None:
            await self.lose(conversation, "bot-down")
            return False
        begun = session
        opened = await self._open(session, bot) if session.state == "opening" else session
        reading = house.tasks.start(self._read(opened, bot)) if opened else None
        try:
            return await self._tell_on(begun, ear, terms, bot, reading)
        finally:
            if reading:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _tell_on(
        self, begun: Session, ear: Ear, terms: Connection, bot: BotPort, reading: asyncio.Task[None] | None
    ) -> bool:
        """Until the talk is over, or another process has it, or it begins anew."""
        house, conversation = self._house, begun.conversation
        while True:
            ear.woken.clear()
            session = await store.read(house.db, conversation)
            if session is None or session.state == "closed" or not await self._leased(conversation):
                return False
            if session.state == "handed":
                if session.handed_at and house.clock.now() - session.handed_at > LINGER:
                    return False
            elif session.opened_at != begun.opened_at or (reading and session.state == "opening"):
                return True
            elif reading is None or reading.done():
                # It could not be begun, or the bot has forgotten it: whoever writes now goes to a person.
                if await self._lost_with_words(session, terms):
                    return False
            elif turn := await next_turn(house, conversation, terms):
                await self._tell(session, bot, turn, terms)
                continue
            await woken(ear.woken, RENEW)

    async def _open(self, session: Session, bot: BotPort) -> Session | None:
        """None when the bot cannot be spoken to; the patient has read our own words meanwhile."""
        house, started = self._house, asyncio.get_running_loop().time()
        talk = await read_talk(house.db, session.conversation)
        try:
            async with asyncio.timeout(_OPENING):
                opened = await bot.open(Conversation(session.conversation, talk.language if talk else "it"), {})
        except (BotTrouble, TimeoutError) as trouble:
            await self._failed(session.conversation, trouble)
            return None
        await self._worked()
        took = asyncio.get_running_loop().time() - started
        await note(house, session.conversation, "out", "open", "", took)

        async def work(tx: Transaction) -> Session | None:
            now = await store.lock(tx, session.conversation)
            if now is None or now.state == "closed":
                return None
            state = "open" if now.state == "opening" else now.state
            after = replace(now, memory=opened.memory, state=state)
            await store.keep(tx, after)
            return after

        return await house.db.run(work)

    async def _read(self, session: Session, bot: BotPort) -> None:
        """All that the bot says, into the conversation; ends when the bot has forgotten it."""
        house, conversation = self._house, session.conversation
        talk = await read_talk(house.db, conversation)
        there = BotSession(Conversation(conversation, talk.language if talk else "it"), session.memory)
        try:
            async for event in bot.events(there, session.watermark):
                kind = type(event.effect).__name__.lower()
                shown = masked(event.effect.text) if isinstance(event.effect, Say) else ""
                await note(house, conversation, "in", kind, shown)
                await self._take(conversation, event)
        except _GONE_ON:
            pass
        except (ConversationGone, BotRefused) as gone:
            await self._failed(conversation, gone)
            if isinstance(gone, ConversationGone):
                await self._forget(conversation)

    async def _take(self, conversation: UUID, event: BotEvent) -> None:
        """One event that cannot be kept is left out; what comes after it is still heard."""
        try:
            await take(self._house, conversation, event)
        except _GONE_ON:
            raise
        except Exception as error:
            log.error("an event could not be taken", conversation=str(conversation), error=where(error))

    async def _tell(self, session: Session, bot: BotPort, turn: Turn, terms: Connection) -> None:
        """Once. Refused or unknown, a person takes over, because only the bot knows what it heard."""
        house, conversation = self._house, session.conversation
        there = BotSession(Conversation(conversation, turn.language), dict(session.memory))
        started, delivery = asyncio.get_running_loop().time(), "unknown"
        trouble: Exception | None = None
        try:
            left = patience.left(house, await store.read(house.db, conversation), terms)
            delivery = await bot.send(there, PatientTurn(turn.id, turn.text, turn.payload, patience=left))
        except (BotTrouble, TimeoutError) as error:
            trouble = error
            delivery = "refused" if isinstance(error, BotRefused | BotBusy) else delivery
        except Exception as error:
            log.error("a turn could not be told", error=where(error))
            trouble = BotTrouble("failed")
        took = asyncio.get_running_loop().time() - started
        await store.delivered(house.db, conversation, turn.id, delivery)
        await note(house, conversation, "out", delivery, f"{len(turn.text)}", took)
        if delivery == "accepted":
            await self._worked()
            if there.memory != session.memory:
                await self._remember(conversation, there.memory)
            return
        await self._failed(conversation, trouble or BotTrouble("unreachable" if delivery == "refused" else "failed"))
        await self.lose(conversation, "bot-error")

    async def _remember(self, conversation: UUID, memory: dict[str, object]) -> None:
        async def work(tx: Transaction) -> None:
            if now := await store.lock(tx, conversation):
                await store.keep(tx, replace(now, memory=memory))

        await self._house.db.run(work)

    async def _forget(self, conversation: UUID) -> None:
        """The bot does not know the talk any more: once it is begun anew there, the second time a person takes over."""

        async def work(tx: Transaction) -> None:
            now = await store.lock(tx, conversation)
            if now and now.state == "open" and not now.reopened:
                await store.keep(tx, replace(now, state="opening", memory={}, watermark="", reopened=True))

        await self._house.db.run(work)

    async def _lost_with_words(self, session: Session, terms: Connection) -> bool:
        if not await next_turn(self._house, session.conversation, terms):
            return False
        await self.lose(session.conversation, "bot-down")
        return True

    async def lose(self, conversation: UUID, reason: str) -> None:
        """A person takes over, now."""

        async def work(tx: Transaction) -> None:
            talk, session = await locked(tx, conversation), await store.lock(tx, conversation)
            if session and session.state in ("opening", "open"):
                await store.keep(tx, await to_person(self._house, tx, talk, session, reason))

        try:
            await self._house.db.run(work)
        except _GONE_ON:
            pass
        except Exception as error:  # patience has been promised to the database and will do the same
            log.error("a patient could not be passed on yet", error=where(error))

    async def _worked(self) -> None:
        self.breaker.worked()
        with contextlib.suppress(Exception):
            if await store.is_troubled(self._house.db):
                await watched.back(self._house)

    async def _failed(self, conversation: UUID | None, trouble: Exception) -> None:
        house = self._house
        code = trouble.code if isinstance(trouble, BotTrouble) else "failed"
        await note(house, conversation, "note", code)
        opened = self.breaker.failed(house.clock.now())
        if code == "refused" or opened:
            log.error("the hospital's bot is in trouble", trouble=code)
            with contextlib.suppress(Exception):
                await watched.down(house, code)

    async def probe(self) -> None:
        """After an outage: whether the bot is back, before a patient finds out."""
        house, now = self._house, self._house.clock.now()
        bot = bot_of(house, await connection_of(house))
        if bot is None or not self.breaker.should_probe(now):
            return
        try:
            async with asyncio.timeout(_OPENING):
                await bot.health()
        except (BotTrouble, TimeoutError) as trouble:
            for _ in range(3):
                self.breaker.failed(now)
            await watched.down(house, trouble.code if isinstance(trouble, BotTrouble) else "failed")
            return
        self.breaker.worked()
        await watched.back(house)
        await note(house, None, "note", "back")

    async def keep_sweeping(self) -> None:
        """Takes up what no process has: after a crash, a restart, or a hint that was lost."""
        while True:
            try:
                for conversation in await store.unread(self._house.db, self._house.clock.now()):
                    self.wake(conversation)
                await self.probe()
            except Exception as error:
                log.warning("the sweep failed", error=where(error))
            await asyncio.sleep(SWEEP)
