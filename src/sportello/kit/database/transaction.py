"""One transaction, opened at the edge and handed down; nothing below it commits."""

from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any

import asyncpg


class Errand(Exception):
    """Raised within a transaction by who needs something of the outside world, which must not be waited for in one.

    `Database.run` ends the transaction without keeping anything, runs `go` with no connection in hand, and begins the
    work anew: what `go` brought then stands in `brought` under `key`.
    """

    def __init__(self, key: Hashable, go: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(str(key))
        self.key = key
        self.go = go


class Transaction:
    """A connection inside a transaction, with hooks around its commit.

    Hooks exist for streams: events are written last and in one order (no deadlocks), and are told to
    listeners only when they are durable.
    """

    __slots__ = ("_after", "_before", "brought", "connection")

    def __init__(self, connection: "asyncpg.Connection[Any]", brought: dict[Hashable, Any] | None = None) -> None:
        self.connection = connection
        # What errands brought; None where the work cannot begin anew, so that no errand may be raised.
        self.brought = brought
        self._before: dict[Hashable, Callable[[Transaction], Awaitable[None]]] = {}
        self._after: list[Callable[[], object]] = []

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        return await self.connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Any:
        return await self.connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        return str(await self.connection.execute(sql, *args))

    async def executemany(self, sql: str, rows: Iterable[Iterable[object]]) -> None:
        await self.connection.executemany(sql, [tuple(row) for row in rows])

    def before_commit(
        self, key: Hashable, call: "Callable[[Transaction], Awaitable[None]]"
    ) -> "Callable[[Transaction], Awaitable[None]]":
        """Runs `call` once per `key` just before COMMIT, in the order of first registration.

        Returns the call that stands under the key, so that a caller can go on collecting in its first one.
        """
        return self._before.setdefault(key, call)

    def after_commit(self, call: Callable[[], object]) -> None:
        """Runs `call` when, and only when, the transaction is durable; it must not block or raise."""
        self._after.append(call)

    async def prepare(self) -> None:
        """The hooks before COMMIT; those that hooks add are run too."""
        done: set[Hashable] = set()
        while pending := [item for item in self._before.items() if item[0] not in done]:
            for key, call in pending:
                done.add(key)
                await call(self)

    def settled(self) -> None:
        for call in self._after:
            call()
