"""Gathers what the streams say (last words, who waits for an answer, how far each side has read) into tables, in
batches of half a second: a message on its way touches nothing but its stream. What a crash loses is read again.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from uuid import UUID

import structlog

from sportello.conversations.counting import Word, count_on, word_of
from sportello.conversations.store import activity, lists
from sportello.conversations.store.activity import Heard, Mark
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of
from sportello.kit.traces import where

log = structlog.get_logger("conversations")

PAUSE = 0.5  # seconds between batches; the board and the desk are at most this much late
LOOK_BACK = 30.0  # seconds between comparisons with the streams themselves
_PREFIX = "conversation:"


class Hearing:
    """What this process has heard and not yet kept."""

    def __init__(self) -> None:
        self._heard: dict[UUID, Heard] = {}
        self._words: dict[UUID, list[Word]] = {}
        self._looked = -LOOK_BACK
        self._marks: dict[tuple[UUID, str], int] = {}
        self._board = False
        self._wake = asyncio.Event()
        self._keeping = asyncio.Lock()

    async def take(self, _house: House, events: Iterable[Event]) -> None:
        """Called with every commit of this process."""
        for event in events:
            if conversation := as_uuid(event.stream.removeprefix(_PREFIX)):
                self._add(conversation, event)
        self._wake.set()

    def seen(self, conversation: UUID, reader: str, seq: int) -> None:
        """A reader says that it has seen all up to a number."""
        key = (conversation, reader)
        self._marks[key] = max(seq, self._marks.get(key, 0))
        self._wake.set()

    def changed(self) -> None:
        """Something that the board shows is different."""
        self._board = True
        self._wake.set()

    def _add(self, conversation: UUID, event: Event) -> None:
        heard = self._heard.get(conversation)
        if heard is None:
            heard = self._heard[conversation] = Heard(conversation, 0, event.at, "")
            self._words.setdefault(conversation, [])
        word = word_of(event)
        self._words[conversation].append(word)
        if event.seq > heard.last_seq:
            heard.last_seq, heard.last_at, heard.last_by = event.seq, event.at, event.sender
        if word.side == "patient" and event.seq > heard.patient_seq:
            heard.patient_seq, heard.patient_at = event.seq, event.at

    async def run(self, house: House) -> None:
        """Keeps batch after batch until the house closes."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_BACK)
            await asyncio.sleep(PAUSE)
            self._wake.clear()
            try:
                now = asyncio.get_running_loop().time()
                if now - self._looked >= LOOK_BACK:
                    self._looked = now
                    await self.look_back(house)
                await self.keep(house)
            except Exception as error:
                log.warning("what was heard could not be kept yet", error=where(error))
                await asyncio.sleep(PAUSE)
                self._wake.set()

    async def look_back(self, house: House) -> None:
        """Reads what was never heard: a process ended between a commit and its batch."""
        known = await lists.open_cursors(house.db)
        heads = await events_of.heads(house.db, [f"{_PREFIX}{one}" for one in known])
        for conversation, seq in known.items():
            stream = f"{_PREFIX}{conversation}"
            if stream in heads and heads[stream]["last_seq"] > seq:
                await self.take(house, await house.streams.since(stream, seq, 1000))

    async def keep(self, house: House) -> None:
        """Writes what was gathered, then tells the desks and the board; all heard before is kept when it returns."""
        async with self._keeping:
            await self._keep(house)

    async def _keep(self, house: House) -> None:
        heard, words, marks, board = self._heard, self._words, self._marks, self._board
        self._heard, self._words, self._marks, self._board = {}, {}, {}, False
        if heard or marks:
            try:
                await house.db.run(lambda tx: self._write(house, tx, heard, words, marks))
            except Exception:
                # Events are found again in the streams; marks live only here.
                for key, seq in marks.items():
                    self._marks[key] = max(seq, self._marks.get(key, 0))
                self._looked = -LOOK_BACK
                raise
        if heard or board:
            house.streams.broadcast("board", {"t": "hint"})

    async def _write(
        self,
        house: House,
        tx: Transaction,
        heard: dict[UUID, Heard],
        words: dict[UUID, list[Word]],
        marks: dict[tuple[UUID, str], int],
    ) -> None:
        if heard:
            await activity.hear(tx, list(heard.values()))
        if marks:
            await self._mark(house, tx, marks)
        wanted = {one: sorted(said) for one, said in words.items()}
        for one, reader in marks:
            if reader != "patient":
                wanted.setdefault(one, [])
        if wanted:
            await count_on(house, tx, wanted)

    async def _mark(self, house: House, tx: Transaction, marks: dict[tuple[UUID, str], int]) -> None:
        """A browser says what it likes: nobody has read what is not written yet."""
        now = house.clock.now()
        heads = await events_of.heads(tx, {f"{_PREFIX}{one}" for one, _ in marks})
        real = [
            Mark(one, reader, min(seq, heads[f"{_PREFIX}{one}"]["last_seq"]), now)
            for (one, reader), seq in marks.items()
            if f"{_PREFIX}{one}" in heads
        ]
        if real:
            await activity.mark(tx, real)


def hearing_of(house: House) -> Hearing:
    """This process's hearing."""
    found: Hearing = house.port(Hearing)
    return found
