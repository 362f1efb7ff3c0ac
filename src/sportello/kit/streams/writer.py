"""The group-commit writer: posts that arrive while a commit is under way form the next batch, with no timer.

One connection, one statement per batch. A batch that fails is taken apart row by row, so that one bad row harms
only itself; deadlocks, lost connections and a database that starts again are waited out, which is safe because every
row carries a client id.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import structlog

from sportello.kit.clock import Clock
from sportello.kit.streams import figures, store
from sportello.kit.streams.shapes import Event, FenceMoved, Posted, Refused, StreamClosed, TryLater
from sportello.kit.streams.store import Row
from sportello.kit.traces import where

log = structlog.get_logger("streams")

BATCH = 128
MOST_WAITING = 20_000
PATIENCE = 12.0  # seconds a post may wait for the database before its sender is asked to try later
STUCK = 8.0  # seconds after which a connection that does not answer is given up
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Waiting:
    """A row and the future of its number."""

    __slots__ = ("done", "row", "since")

    def __init__(self, row: Row, done: "asyncio.Future[Posted]") -> None:
        self.row = row
        self.done = done
        self.since = time.monotonic()

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Writer:
    """Takes rows, gives numbers; `committed` hears of new events in order, after their commit."""

    def __init__(
        self, connect: Callable[[], Awaitable[Any]], clock: Clock, committed: Callable[[list[Event]], None]
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._flying: dict[tuple[str, int], Waiting] = {}
        self._wake = asyncio.Event()
        self._connection: Any = None
        self._write: Any = None
        self._stopping = False
        self._loop = asyncio.get_running_loop()

    async def post(self, row: Row) -> Posted:
        """The row's number, once it is durable; the same client id in flight twice is one row."""
        assert row.client_id is not None
        key = (row.stream, row.client_id.int)  # a UUID's own hash is slow
        if twin := self._flying.get(key):
            await asyncio.wait({twin.done})
            if not twin.done.cancelled():
                return Posted(twin.done.result().seq, True)
        if self._stopping or len(self._queue) >= MOST_WAITING:
            raise TryLater
        waiting = Waiting(row, self._loop.create_future())
        self._flying[key] = waiting
        self._queue.append(waiting)
        if not self._wake.is_set():
            self._wake.set()
        try:
            return await waiting.done
        finally:
            # Also when the sender has gone: the row is then written all the same, and a repetition finds it there.
            if self._flying.get(key) is waiting:
                del self._flying[key]

    async def run(self) -> None:
        """Commits batch after batch until `stop`."""
        while not (self._stopping and not self._queue):
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = self._batch()
            try:
                await self._commit(batch)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.error("a batch failed", error=where(error))
                for waiting in batch:
                    waiting.fail(TryLater())
        await self._hang_up()

    def stop(self) -> None:
        """What waits is still written; nothing new is taken."""
        self._stopping = True
        self._wake.set()

    def _batch(self) -> list[Waiting]:
        """The next rows, at most one fence per stream: a head is compared with one."""
        queue, batch = self._queue, list[Waiting]()
        fences: dict[str, int | None] = {}
        while queue and len(batch) < BATCH:
            row = queue[0].row
            if fences.setdefault(row.stream, row.fence) != row.fence:
                break
            batch.append(queue.popleft())
        return batch

    async def _commit(self, batch: list[Waiting]) -> None:
        tries = 0
        while batch:
            began = time.perf_counter()
            try:
                at = self._clock.now()
                if self._write is None:
                    await self._open()
                numbers = await self._write.fetch(*store.columns([w.row for w in batch], at), timeout=STUCK)
            except _AGAIN:
                tries += 1
                figures.RETRIES.inc()
                await asyncio.sleep(random.uniform(0, 0.005) * min(tries, 20))
            except store.UNREACHABLE as error:
                await self._hang_up()
                batch = self._impatient(batch, error)
                await asyncio.sleep(random.uniform(0.05, 0.15))
            except (asyncpg.PostgresError, ValueError, UnicodeError) as error:
                if len(batch) > 1:
                    figures.TAKEN_APART.inc()
                    for waiting in batch:
                        await self._commit([waiting])
                    return
                tries += 1
                if self._refuse(batch[0], error, tries):
                    return
            else:
                figures.BATCH.observe(len(batch))
                figures.COMMIT.observe(time.perf_counter() - began)
                batch = await self._numbered(batch, numbers, at)

    async def _numbered(self, batch: list[Waiting], numbers: Sequence[Any], at: Any) -> list[Waiting]:
        """Tells senders and listeners; what got no number is explained, or given back to be tried again."""
        events = []
        told = 0
        for place, seq, duplicate in numbers:
            waiting = batch[place]
            if not duplicate:
                row = waiting.row
                events.append(Event(row.stream, seq, row.kind, row.sender, row.audience, at, row.client_id, row.json))
            if not waiting.done.done():
                waiting.done.set_result(Posted(seq, duplicate))
            told += 1
        if events:
            self._committed(events)
        if told == len(batch):
            return []
        numbered = {place for place, _, _ in numbers}
        return await self._explain([w for place, w in enumerate(batch) if place not in numbered])

    async def _explain(self, left: list[Waiting]) -> list[Waiting]:
        heads = await store.heads(self._connection, {w.row.stream for w in left})
        again, unknown = [], set()
        for waiting in left:
            row = waiting.row
            head = heads.get(row.stream)
            if head is None:
                unknown.add(row.stream)
                again.append(waiting)
            elif head["closed_at"]:
                waiting.fail(StreamClosed(row.stream))
            elif row.fence is not None and head["fence"] != row.fence:
                waiting.fail(FenceMoved(row.stream))
            else:
                again.append(waiting)
        if unknown:
            await store.make_heads(self._connection, unknown)
        return again

    def _refuse(self, waiting: Waiting, error: Exception, tries: int) -> bool:
        """Whether the row is done with: a twin from another process or a held lock is worth another try."""
        if isinstance(error, asyncpg.UniqueViolationError) and tries < 5:
            return False
        if isinstance(error, asyncpg.LockNotAvailableError | asyncpg.UniqueViolationError):
            waiting.fail(TryLater())
            return True
        log.warning("a post was refused by the database", error=type(error).__name__)
        waiting.fail(Refused("unacceptable", "This message cannot be stored."))
        return True

    def _impatient(self, batch: list[Waiting], error: Exception) -> list[Waiting]:
        limit = time.monotonic() - (1.0 if self._stopping else PATIENCE)
        kept = [w for w in batch if w.since > limit]
        if len(kept) < len(batch):
            log.error("the database does not take posts", error=type(error).__name__)
        for waiting in batch:
            if waiting.since <= limit:
                waiting.fail(TryLater())
        return kept

    async def _open(self) -> None:
        async with asyncio.timeout(5):
            self._connection = await self._connect()
        for name, value in store.WRITER_SETTINGS.items():
            await self._connection.execute(f"set {name} = '{value}'")
        self._write = await self._connection.prepare(store.WRITE)

    async def _hang_up(self) -> None:
        connection, self._connection, self._write = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)
