"""How the process that has a talk hears that something happened in its conversation, whichever process wrote it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sportello.kit.house import House
from sportello.kit.streams import Grant
from sportello.kit.streams.hub import Follower


class Ear:
    """A follower of one stream that only wakes somebody up."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()

    def push(self, frame: str) -> None:
        self.woken.set()

    def half_full(self) -> bool:
        return False

    async def drained(self) -> None:
        """Nothing is queued."""

    def recheck(self, stream: str) -> None:
        self.woken.set()


@asynccontextmanager
async def listening(house: House, conversation: UUID, ear: Ear) -> AsyncIterator[None]:
    """The ear hears from here on."""
    stream = f"conversation:{conversation}"
    follower = Follower(ear, stream, await house.streams.head(stream), Grant("staff"))
    await house.streams.hub.catch_up(follower)
    try:
        yield
    finally:
        house.streams.hub.leave(follower)
