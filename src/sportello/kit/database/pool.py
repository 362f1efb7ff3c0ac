"""The pool of connections: transactions for writers, single statements for readers, retries for contention."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import msgspec

from sportello.kit.database.transaction import Transaction

T = TypeVar("T")
_RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 5


async def _prepare_connection(connection: Any) -> None:
    """JSONB travels as Python values, encoded by msgspec."""
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
        )


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Database:
    """A PostgreSQL database reached by a DSN, with at most `most` pooled connections."""

    def __init__(self, dsn: str, *, most: int = 12) -> None:
        self.dsn = dsn
        self._most = most
        self._pool: Any = None

    async def open(self) -> None:
        """Connects; until then no statement can run."""
        self._pool = await asyncpg.create_pool(self.dsn, min_size=2, max_size=self._most, init=_prepare_connection)

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
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Read and write; commits at the end of the block, rolls back on any exception."""
        async with self._pool.acquire() as connection:
            tx = Transaction(connection)
            async with connection.transaction():
                yield tx
                await tx.prepare()
        tx.settled()

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`work` in a transaction, again from the start when PostgreSQL broke a deadlock (40P01, 40001).

        `work` must have no effect outside its transaction.
        """
        for attempt in range(_TRIES):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except _RETRIED:
                if attempt == _TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.001, 0.02) * (attempt + 1))
        raise AssertionError("unreachable")

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        return list(await self._pool.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: object) -> Any:
        return await self._pool.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self._pool.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        return str(await self._pool.execute(sql, *args))
