"""Gathers what the streams say (last words, who waits for an answer, how far each side has read) into tables, in
batches of half a second: a message on its way touches nothing but its stream. What a crash loses is read again.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from uuid import UUID

import structlog

from sportello.conversations.counting import tell_unread
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
        self._marks: dict[tuple[UUID, str], int] = {}
        self._board = False
        self._wake = asyncio.Event()

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
        if event.seq > heard.last_seq:
            heard.last_seq, heard.last_at, heard.last_by = event.seq, event.at, event.sender
        if event.kind != "message" or event.audience != "all":
            return
        if event.sender == "patient":
            if event.seq > heard.patient_seq:
                heard.patient_seq, heard.patient_at = event.seq, event.at
            if event.seq > heard.answer_seq and heard.unanswered_seq is None:
                heard.unanswered_seq, heard.unanswered_at = event.seq, event.at
        elif event.sender != "system" and event.seq > heard.answer_seq:
            heard.answer_seq = event.seq
            if heard.unanswered_seq is not None and heard.unanswered_seq < event.seq:
                heard.unanswered_seq = heard.unanswered_at = None

    async def run(self, house: House) -> None:
        """Keeps batch after batch until the house closes."""
        looked = -LOOK_BACK
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_BACK)
            await asyncio.sleep(PAUSE)
            self._wake.clear()
            try:
                now = asyncio.get_running_loop().time()
                if now - looked >= LOOK_BACK:
                    looked = now
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
        """Writes what was gathered, then tells the desks and the board."""
        heard, marks, board = self._heard, self._marks, self._board
        self._heard, self._marks, self._board = {}, {}, False
        if heard or marks:
            try:
                await house.db.run(lambda tx: self._write(house, tx, heard, marks))
            except Exception:
                self._give_back(heard, marks)
                raise
        if heard or board:
            house.streams.broadcast("board", {"t": "hint"})

    def _give_back(self, heard: dict[UUID, Heard], marks: dict[tuple[UUID, str], int]) -> None:
        """Events are found again by `look_back`; marks only live here."""
        for key, seq in marks.items():
            self._marks[key] = max(seq, self._marks.get(key, 0))
        for conversation, older in heard.items():
            newer = self._heard.get(conversation)
            self._heard[conversation] = older if newer is None else _joined(older, newer)

    async def _write(
        self, house: House, tx: Transaction, heard: dict[UUID, Heard], marks: dict[tuple[UUID, str], int]
    ) -> None:
        if heard:
            await activity.hear(tx, list(heard.values()))
        if marks:
            now = house.clock.now()
            heads = await events_of.heads(tx, {f"{_PREFIX}{one}" for one, _ in marks})
            # A browser says what it likes: nobody has read what is not written yet.
            real = [
                Mark(one, reader, min(seq, heads[f"{_PREFIX}{one}"]["last_seq"]), now)
                for (one, reader), seq in marks.items()
                if f"{_PREFIX}{one}" in heads
            ]
            if real:
                await activity.mark(tx, real)
        touched = {one for one, what in heard.items() if what.patient_seq}
        touched |= {one for one, reader in marks if reader != "patient"}
        if touched:
            await tell_unread(house, tx, touched)


def _joined(older: Heard, newer: Heard) -> Heard:
    """Two batches of one conversation as one."""
    if newer.last_seq < older.last_seq:
        older, newer = newer, older
    answered = max(older.answer_seq, newer.answer_seq)
    waits = [h for h in (older, newer) if h.unanswered_seq is not None and h.unanswered_seq > answered]
    first = min(waits, key=lambda h: h.unanswered_seq or 0) if waits else None
    return Heard(
        newer.conversation, newer.last_seq, newer.last_at, newer.last_by,
        max(older.patient_seq, newer.patient_seq),
        newer.patient_at if newer.patient_seq >= older.patient_seq else older.patient_at,
        answered,
        first.unanswered_seq if first else None,
        first.unanswered_at if first else None,
    )  # fmt: skip


def hearing_of(house: House) -> Hearing:
    """This process's hearing."""
    found: Hearing = house.port(Hearing)
    return found
