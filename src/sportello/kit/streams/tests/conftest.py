"""Streams without the rest of the house: a database, a clock and the mechanism itself."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from sportello.kit.clock import SystemClock
from sportello.kit.database import Database
from sportello.kit.house import House
from sportello.kit.streams import Bus, Streams
from sportello.kit.streams.tests.talking import TalkGate, authenticate


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, most=8)
    await database.open()
    yield database
    await database.close()


Opening = Callable[..., Awaitable[Streams]]


@pytest.fixture
async def opening(db: Database) -> AsyncIterator[Opening]:
    """Makes started Streams, as many as a test wants processes."""
    async with AsyncExitStack() as stack:

        async def make(bus: Bus | None = None) -> Streams:
            streams = Streams(db, bus)
            house: Any = SimpleNamespace(clock=SystemClock(), streams=streams, db=db)
            await streams.start(house)
            stack.push_async_callback(streams.stop)
            return streams

        yield make


@pytest.fixture
async def streams(opening: Opening) -> Streams:
    return await opening()


@pytest.fixture
def gate(house: House) -> TalkGate:
    """The talks' gate, registered, with everybody able to sign in."""
    made = TalkGate()
    house.streams.gate("talk", made)
    house.streams.authenticator(authenticate)
    return made
