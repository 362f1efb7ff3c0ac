"""Answers patients while a conversation is with the bot: each of their messages once, whatever crashes in between.

The cursor moves in the transaction that holds the answers. What a crash or another process left is swept up.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import msgspec
import structlog

from sportello.bots import calling, quiet, staying, store
from sportello.bots.applying import apply
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.language_model import advising, summing_up
from sportello.bots.language_model.advising import Advised
from sportello.bots.ports import BotPort, BotSession, Conversation, Elsewhere, PatientTurn
from sportello.bots.rescue import rescue
from sportello.conversations.events import ConversationOpened, Moved
from sportello.conversations.moves import NoSuchConversation, locked
from sportello.conversations.states import State
from sportello.conversations.store import Conversation as Talk
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Event, StreamClosed
from sportello.kit.streams import store as events_of
from sportello.kit.traces import where

log = structlog.get_logger("bots")
_AT_ONCE = 4  # turns at once, so that the bot leaves connections to people
_SWEEP = 15.0  # seconds
_REMEMBERED = 50_000


class Turns:
    """The bot's part in conversations; remembers which ones it has left, so that people's words cost nothing here."""

    def __init__(self) -> None:
        self._left: dict[UUID, None] = {}
        self._asking: set[UUID] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def greet(self, house: House, tx: Transaction, opened: ConversationOpened) -> None:
        """The bot speaks first, in the transaction that opens the conversation; unless people have it at once."""
        found = await locked(tx, opened.conversation)
        if found.state is not State.BOT or await self._elsewhere(house, tx, found):
            return
        now = house.clock.now()
        bot: BotPort = house.port(BotPort)
        session = await bot.open(Conversation(opened.conversation, opened.language), {})
        await store.begin(tx, opened.conversation, session.memory, now)
        await apply(house, tx, opened.conversation, [e.effect async for e in bot.events(session, "")], now)
        await quiet.watch(house, tx, opened.conversation)

    async def moved(self, house: House, tx: Transaction, moved: Moved) -> None:
        """Once the conversation has left the bot, for whatever reason, the bot is silent until it is given back."""
        if moved.source is State.BOT:
            await store.end(tx, moved.conversation, 0, house.clock.now())
            tx.after_commit(lambda: self._leave(moved.conversation))
        elif moved.target is State.BOT:
            await self._return(house, tx, moved.conversation)

    async def _return(self, house: House, tx: Transaction, conversation: UUID) -> None:
        """Begins anew with a conversation that people had, or that had ended. What it hears of it counts from now."""
        found, now = await locked(tx, conversation), house.clock.now()
        if await self._elsewhere(house, tx, found):
            return
        heads = await events_of.heads(tx, [found.stream])
        bot: BotPort = house.port(BotPort)
        session = await bot.open(Conversation(conversation, found.language), {})
        await store.resume(tx, conversation, session.memory, int(heads[found.stream]["last_seq"]), now)
        await apply(house, tx, conversation, [e.effect async for e in bot.events(session, "")], now)
        await quiet.watch(house, tx, conversation)
        tx.after_commit(lambda: self._left.pop(conversation, None))

    async def _elsewhere(self, house: House, tx: Transaction, talk: Talk) -> bool:
        """Whether the hospital's own bot has it; what the embedded one began with it is over."""
        elsewhere: Elsewhere | None = house.ports.get(Elsewhere)
        own = elsewhere is not None and await elsewhere.takes(house, tx, talk.id, talk.language)
        await staying.begins(house, tx, talk, "own" if own else "assistant")
        if own:
            await store.end(tx, talk.id, 0, house.clock.now())
        return own

    async def heard(self, house: House, events: list[Event]) -> None:
        """A reaction to what was committed: patients' messages in conversations that may be the bot's."""
        streams = dict.fromkeys(e.stream for e in events if e.kind == "message" and e.sender == "patient")
        talks = [UUID(stream.removeprefix("conversation:")) for stream in streams]
        await asyncio.gather(*(self.answer(house, talk) for talk in talks if talk not in self._left))

    async def answer(self, house: House, conversation: UUID, talk: store.Talk | None = None) -> None:
        """Everything the patient wrote that is not answered yet; a failure of any kind ends at a person.

        When a language model is to be asked, that happens between two looks, with no room and no lock taken.
        """
        if not await self._looked(house, conversation, talk, None) or conversation in self._asking:
            return
        self._asking.add(conversation)
        try:
            advised = await advising.advise(house, conversation)
        finally:
            self._asking.discard(conversation)
        await self._looked(house, conversation, None, advised)

    async def _looked(
        self, house: House, conversation: UUID, talk: store.Talk | None, advised: Mapping[int, Advised] | None
    ) -> bool:
        """True when nothing was answered yet, because a model is to be asked first."""
        async with self._room:
            try:
                talk = talk or await store.get(house.db, conversation)
                return await self._answer(house, conversation, talk, advised)
            except (StreamClosed, NoSuchConversation):
                self._leave(conversation)
            except Exception as error:
                log.error("a turn failed", conversation=str(conversation), error=where(error))
                if await rescue(house, conversation):
                    self._leave(conversation)
        return False

    async def _answer(
        self, house: House, conversation: UUID, talk: store.Talk | None, advised: Mapping[int, Advised] | None
    ) -> bool:
        if talk is None or talk.ended_at:
            self._leave(conversation)
            return False
        events = await house.streams.since(f"conversation:{conversation}", talk.cursor)
        if not any(_is_patients(event) for event in events):
            if events:
                await store.caught_up(house.db, conversation, events[-1].seq)
            return False
        await house.port(BotPort).health()
        if advised is None and await advising.wanted(house, talk, events):
            return True

        async def work(tx: Transaction) -> bool:
            valid = advised if advised and await advising.still_on(tx) else {}
            return await self._take_turns(house, tx, conversation, events, valid)

        if await house.db.run(work):
            self._leave(conversation)
            summing_up.begin(house, conversation)
        return False

    async def _take_turns(
        self, house: House, tx: Transaction, conversation: UUID, events: list[Event], advised: Mapping[int, Advised]
    ) -> bool:
        """True when the bot has no more part in the conversation."""
        found = await locked(tx, conversation)
        talk = await store.lock(tx, conversation)
        if talk is None or talk.ended_at:
            return True
        now, bot, last = house.clock.now(), house.port(BotPort), events[-1].seq
        if found.state is not State.BOT:
            await store.end(tx, conversation, last, now)
            return True
        session = BotSession(Conversation(conversation, found.language), talk.memory)
        turns, over, misses = talk.turns, False, 0
        for event in events:
            if event.seq <= talk.cursor or not _is_patients(event):
                continue
            before, body = session.memory, event.body
            said, pressed = str(body.get("text", "")), str(body.get("payload", ""))
            advice = advising.fitting(advised.get(event.seq), before)
            turn = PatientTurn(str(event.client_id or event.seq), said, pressed, (), advice)
            effects, heard = await calling.take_turn(house, tx, bot, session, turn)
            done = await apply(house, tx, conversation, effects, now)
            turns, misses = turns + 1, misses + done.missed
            own = bot if isinstance(bot, EmbeddedBot) else None
            edition, spoken = (own.edition_of(session.memory), own.spoken) if own else ("", "")
            record = store.Turn(
                turns,
                event.seq,
                done.wish,
                done.score,
                edition,
                done.outcome,
                before,
                spoken,
                done.reason,
                done.missed,
                msgspec.to_builtins(heard),
                msgspec.to_builtins(advice),
            )
            await store.add_turn(tx, conversation, record, now)
            over = done.over
            if over:
                break
        if turns == talk.turns:  # another was quicker, and has answered all of it
            return False
        await store.keep(tx, conversation, session.memory, max(last, talk.cursor), turns, now, ended=over)
        await staying.counted(tx, conversation, turns - talk.turns, misses)
        if not over:
            await quiet.watch(house, tx, conversation)
        return over

    async def sweep(self, house: House) -> None:
        """Answers what a crash, or a process that is gone, left unanswered."""
        talks = await store.open_talks(house.db)
        await asyncio.gather(*(self.answer(house, talk.conversation, talk) for talk in talks))

    async def keep_sweeping(self, house: House) -> None:
        while True:
            try:
                await house.port(BotPort).health()  # editions published by another process speak in greetings too
                await self.sweep(house)
            except Exception as error:
                log.warning("the sweep failed", error=where(error))
            await asyncio.sleep(_SWEEP)

    def _leave(self, conversation: UUID) -> None:
        self._left[conversation] = None
        while len(self._left) > _REMEMBERED:
            self._left.pop(next(iter(self._left)))


def _is_patients(event: Event) -> bool:
    # A file carries no words to be understood.
    return event.kind == "message" and event.sender == "patient" and not event.body.get("attachment")
