"""Goes through the files of an intake piece by piece: killed at any moment it goes on where the last commit left it.

While one piece is written by PostgreSQL the next ones are read here and made ready in other processes.
"""

import asyncio
import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sportello.administration.actor import Actor
from sportello.fhir.events import BundleImported
from sportello.fhir.intake.preparing import Prepared, Refusal, prepared
from sportello.fhir.intake.sources import Piece, Reading, Unreadable, digest, sources
from sportello.fhir.intake.writing import write
from sportello.fhir.store import intakes
from sportello.fhir.store.intakes import COUNTS, File, Intake
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

_SMALL = 256 * 1024  # bytes
_AHEAD = 2  # pieces that are made ready while one is written
_HELD = 32 * 1024 * 1024  # bytes of them, beyond which nothing more is read ahead


async def begin(
    house: House, tx: Transaction, by: Actor, places: list[str], *, uploaded: bool = False, intake: UUID | None = None
) -> UUID:
    """Keeps the order; the files are found now, so that what comes into a folder later is another order's."""
    found = await asyncio.to_thread(lambda: [(one, _size(one.path)) for one in sources(places)])
    made = Intake(intake or uuid7(), places, by.id, by.name, uploaded, "running", "", house.clock.now())
    await intakes.begin(tx, made, found)
    return made.id


def _size(path: str) -> int:
    with suppress(OSError):
        return Path(path).stat().st_size
    return 0


@dataclass
class Waiting:
    """A piece that was read ahead and is being made ready, or what keeps its file from being read from there on."""

    number: int
    digest: str
    start: int
    piece: Piece | None = None
    made: asyncio.Future[Prepared] | None = None
    trouble: Unreadable | None = None

    def follows(self, file: File) -> bool:
        """Whether it is what the database lacks next; a file that is another than it was begins anew."""
        return self.number == file.number and self.start == (file.position if self.digest == file.digest else 0)


class Belt:
    """One intake under way in this process: the open file, and the pieces, of the files after it too, that are being
    made ready.
    """

    def __init__(self, house: House, intake: UUID) -> None:
        self.house, self.intake = house, intake
        self._pool: ProcessPoolExecutor | None = None
        self._files: list[File] = []
        self._reading: Reading | None = None
        self._read = (-1, "")
        self._ahead: deque[Waiting] = deque()

    async def step(self, tx: Transaction) -> Intake | None:
        """One piece more, in the caller's transaction; None when the intake does not run (any more)."""
        one = await intakes.hold(tx, self.intake)
        if one is None or one.state != "running":
            return None
        now = self.house.clock.now()
        file = await intakes.next_file(tx, self.intake)
        if file is None:
            await self._told(tx)
            await intakes.set_state(tx, self.intake, "done", ended_at=now)
            return None
        coming = await self._next(tx, file)
        if coming.digest != file.digest:
            await intakes.begin_anew(tx, self.intake, file.number, coming.digest)
            file = await intakes.next_file(tx, self.intake) or file
        if coming.piece and coming.made:
            await write(tx, self.intake, file, coming.piece, await self._made(coming.piece, coming.made), now)
        elif coming.trouble:
            await intakes.refuse(tx, self.intake, file.number, [Refusal(file.line, "", "", coming.trouble.fault)])
            await intakes.came(
                tx, self.intake, file.number, position=file.position, line=file.line, passed=file.size, size=file.size,
                done=True, counts={"refused": 1},
            )  # fmt: skip
        return one

    async def _next(self, tx: Transaction, file: File) -> Waiting:
        """What follows in the database's eyes. What was read ahead is forgotten when it does not: another transaction
        went on elsewhere, or the last one was rolled back.
        """
        if not (self._ahead and self._ahead[0].follows(file)):
            self._drop()
            self._files = [one for one in await intakes.files(tx, self.intake) if not one.done]
        await self._fill()
        return self._ahead.popleft()

    async def _fill(self) -> None:
        while len(self._ahead) <= _AHEAD and sum(one.piece.size_held for one in self._ahead if one.piece) < _HELD:
            if self._reading is None and not self._files:
                return
            self._ahead.append(await self._following())

    async def _following(self) -> Waiting:
        """The next piece of the open file, or the first one of the file after it."""
        number, told, start = *self._read, self._reading.position if self._reading else 0
        try:
            if self._reading is None:
                file = self._files.pop(0)
                number, told, start = file.number, file.digest, file.position
                told = await asyncio.to_thread(digest, file.path)
                start, line = (file.position, file.line) if told == file.digest else (0, 0)
                self._reading = await asyncio.to_thread(Reading, file.source, start, line)
                self._read = (number, told)
            piece = await asyncio.to_thread(self._reading.next)
        except Unreadable as error:
            self._close()
            return Waiting(number, told, start, trouble=error)
        if piece.last:
            self._close()
        return Waiting(number, told, start, piece, self._preparing(piece))

    async def _made(self, piece: Piece, made: asyncio.Future[Prepared]) -> Prepared:
        try:
            return await made
        except BrokenProcessPool:  # a worker was killed, by want of memory perhaps: here it goes slower
            return await asyncio.to_thread(prepared, piece)

    def _preparing(self, piece: Piece) -> asyncio.Future[Prepared]:
        """Small pieces are made ready here: that takes less time than a process does to begin."""
        if piece.size_held < _SMALL:
            return asyncio.ensure_future(asyncio.to_thread(prepared, piece))
        self._pool = self._pool or workers()
        return asyncio.get_running_loop().run_in_executor(self._pool, prepared, piece)

    def _drop(self) -> None:
        for one in self._ahead:
            if one.made:
                one.made.cancel()
        self._ahead.clear()
        self._close()

    def _close(self) -> None:
        if self._reading:
            self._reading.close()
        self._reading = None

    async def _told(self, tx: Transaction) -> None:
        files = await intakes.files(tx, self.intake)
        created, updated, unchanged, deleted = (sum(getattr(file, name) for file in files) for name in COUNTS[:4])
        await self.house.news.announce(tx, BundleImported(created, updated, unchanged, deleted))

    def close(self) -> None:
        self._drop()
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)


async def run(house: House, intake: UUID, told: Callable[[], Awaitable[None]] | None = None) -> None:
    """Goes through an intake to its end, in transactions of a piece each; `told` is awaited after each."""
    belt = Belt(house, intake)
    try:
        while await house.db.run(belt.step):
            if told:
                await told()
    finally:
        belt.close()


def workers() -> ProcessPoolExecutor:
    """Processes that read and index beside this one, one core left for it and PostgreSQL each."""
    number = max(1, min(4, (os.cpu_count() or 2) - 1))
    return ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), initializer=_prepare_worker)


def _prepare_worker() -> None:
    """The live desk goes first; and whoever is left behind by a killed parent ends."""
    with suppress(OSError):
        os.nice(5)
    gc.set_threshold(200_000, 50, 50)  # what is read has no cycles, and is a great many objects
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
