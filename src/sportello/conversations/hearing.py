"""Gathers what the streams say (last words, who waits for an answer, how far each side has read) into tables, in
batches of half a second: a message on its way touches nothing but its stream. What a crash loses is read again.
"""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import structlog

from sportello.conversations.counting import count_on, word_of
from sportello.conversations.events import PatientsWrote
from sportello.conversations.store import activity, lists
from sportello.conversations.store.activity import Heard, Mark
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of
from sportello.kit.tasks import woken
from sportello.kit.traces import where

log = structlog.get_logger("conversations")

PAUSE = 0.5  # seconds between batches; the board and the desk are at most this much late
LOOK_BACK = 30.0  # seconds between comparisons with the streams themselves
_PREFIX = "conversation:"


class Hearing:
    """What this process has heard and not yet kept."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}
        self._marks: dict[tuple[UUID, str], int] = {}
        self._board = False
        self._looked = -LOOK_BACK
        self._wake = asyncio.Event()
        self._keeping = asyncio.Lock()

    async def take(self, _house: House, events: Iterable[Event]) -> None:
        """Called with every commit of this process: it only puts by, for it runs for every message."""
        for event in events:
            self._events.setdefault(event.stream, []).append(event)
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

    async def run(self, house: House) -> None:
        """Keeps batch after batch until the house closes."""
        while True:
            await woken(self._wake, LOOK_BACK)
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
        events, marks, board = self._events, self._marks, self._board
        self._events, self._marks, self._board = {}, {}, False
        if events or marks:
            try:
                await house.db.run(lambda tx: self._write(house, tx, events, marks))
            except Exception:
                # Events are found again in the streams; marks live only here.
                for key, seq in marks.items():
                    self._marks[key] = max(seq, self._marks.get(key, 0))
                self._looked = -LOOK_BACK
                raise
        if events or board:
            house.streams.broadcast("board", {"t": "hint"})

    async def _write(
        self, house: House, tx: Transaction, events: dict[str, list[Event]], marks: dict[tuple[UUID, str], int]
    ) -> None:
        said = {one: all_of for stream, all_of in events.items() if (one := as_uuid(stream.removeprefix(_PREFIX)))}
        if said:
            heard = [_heard(one, all_of) for one, all_of in said.items()]
            await activity.hear(tx, heard)
            if wrote := [one.conversation for one in heard if one.patient_seq]:
                await house.news.announce(tx, PatientsWrote(wrote))
        if marks:
            await self._mark(house, tx, marks)
        words = {one: sorted({word_of(event) for event in all_of}) for one, all_of in said.items()}
        for one, reader in marks:
            if reader.startswith("agent:"):
                words.setdefault(one, [])
        if words:
            await count_on(house, tx, words)

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


def _heard(conversation: UUID, events: list[Event]) -> Heard:
    """The last word of a batch, and the last of the patient and of an agent."""
    last = max(events, key=lambda event: event.seq)
    patients = [e for e in events if e.sender == "patient" and e.kind == "message"]
    own = max(patients, key=lambda event: event.seq) if patients else None
    agents = [e.at for e in events if e.sender.startswith("agent:") and e.kind == "message"]
    return Heard(
        conversation, last.seq, last.at, last.sender, own.seq if own else 0, own.at if own else None,
        max(agents, default=None),
    )  # fmt: skip


def hearing_of(house: House) -> Hearing:
    """This process's hearing."""
    found: Hearing = house.port(Hearing)
    return found
