"""The pool of connections: transactions for writers, single statements for readers, retries for contention."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg
import msgspec

from sportello.kit.database.transaction import Errand, Transaction

T = TypeVar("T")
_RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 5
_ERRANDS = 20  # for one piece of work; more of them mean that it asks for something else every time
# Which database, and which task, is in a transaction: tasks begun inside it inherit the value, but are not that task.
_holder: ContextVar[Any] = ContextVar("holder", default=None)


async def _prepare_connection(connection: Any) -> None:
    """JSONB travels as Python values, encoded by msgspec."""
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
        )


async def _leave(connection: Any) -> None:
    """Nothing to undo but a transaction, which asyncpg ends itself: nobody sets, locks or hears anything for a session
    here (a house rule), and asking PostgreSQL to reset it costs every request a round trip or three."""


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Nested(Exception):
    """A statement asks for a second connection inside a transaction: hand the transaction down instead."""


class Busy(Exception):
    """Every connection was taken for as long as one waits: whoever asks should come again a little later."""


class Database:
    """A PostgreSQL database reached by a DSN, with at most `most` pooled connections.

    Whoever is in a transaction must not ask the pool for another connection: when all are in transactions that do so,
    each waits for the others for ever. With `strict` (tests) that raises Nested; else it is tried for `patience`
    seconds, and then raises Busy, as every statement does that has waited so long.
    """

    strict = False
    patience = 20.0

    def __init__(self, dsn: str, *, most: int = 12) -> None:
        self.dsn = dsn
        self._most = most
        self._pool: Any = None

    async def open(self) -> None:
        """Connects; until then no statement can run."""
        self._pool = await asyncpg.create_pool(
            self.dsn, min_size=2, max_size=self._most, init=_prepare_connection, reset=_leave
        )

    async def close(self) -> None:
        """Waits a second for statements under way, then ends the connections."""
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def connect(self) -> Any:
        """A connection of its own, outside the pool, without codecs: for writers and listeners."""
        return await asyncpg.connect(self.dsn)

    @asynccontextmanager
    async def transaction(self, brought: dict[Hashable, Any] | None = None) -> AsyncIterator[Transaction]:
        """Read and write; commits at the end of the block, rolls back on any exception."""
        async with self._connection() as connection:
            tx = Transaction(connection, brought)
            outer = _holder.set((self, asyncio.current_task()))
            try:
                async with connection.transaction():
                    yield tx
                    await tx.prepare()
            finally:
                _holder.reset(outer)
        tx.settled()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if self.strict and _holder.get() == (self, asyncio.current_task()):
            raise Nested
        try:
            connection = await self._pool.acquire(timeout=self.patience)
        except TimeoutError:
            raise Busy from None
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`work` in a transaction, again from the start when PostgreSQL broke a deadlock (40P01, 40001), and after
        each errand to the outside world that it raised.

        `work` must have no effect outside its transaction.
        """
        brought: dict[Hashable, Any] = {}
        broken = 0
        while True:
            try:
                async with self.transaction(brought) as tx:
                    return await work(tx)
            except Errand as errand:
                if len(brought) >= _ERRANDS or errand.key in brought:
                    raise
                needed = errand
            except _RETRIED:
                broken += 1
                if broken == _TRIES:
                    raise
                await asyncio.sleep(random.uniform(0.001, 0.02) * broken)
                continue
            brought[needed.key] = await needed.go()

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        async with self._connection() as connection:
            return list(await connection.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: object) -> Any:
        async with self._connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        async with self._connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        async with self._connection() as connection:
            return str(await connection.execute(sql, *args))
