"""Fixtures of the tests with bots elsewhere: a service that misbehaves on request, and a patient who writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from sportello.adapters.outside_bots import connection
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.tests.fake import Fake
from sportello.administration.actor import SYSTEM
from sportello.conversations import posting
from sportello.conversations import store as talks
from sportello.conversations.opening import open_conversation
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.ids import uuid7


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """Without routing nobody takes over what is handed over, which is what is looked at."""
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "bots", "adapters")


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    """A service that does all right until it is told otherwise."""
    async with Fake().served() as served:
        yield served


async def until(wanted: Callable[[], Awaitable[Any]], seconds: float = 8) -> Any:
    """What was waited for."""
    async with asyncio.timeout(seconds):
        while not (found := await wanted()):
            await asyncio.sleep(0.02)
    return found


class Patient:
    """Somebody who writes in one conversation, and what they have read so far."""

    def __init__(self, house: House, conversation: UUID) -> None:
        self.house, self.conversation = house, conversation

    async def write(self, text: str, **more: Any) -> None:
        await posting.post(self.house, self.conversation, {"text": text, **more}, sender="patient", client_id=uuid7())

    async def seen(self) -> list[str]:
        """What the patient reads, without their own words."""
        events = await self.house.streams.since(f"conversation:{self.conversation}", 0, audience="all")
        return [str(e.body.get("text")) for e in events if e.kind == "message" and e.sender != "patient"]

    async def notes(self) -> list[str]:
        events = await self.house.streams.since(f"conversation:{self.conversation}", 0)
        return [str(e.body.get("text")) for e in events if e.kind == "note"]

    async def reads(self, text: str, seconds: float = 8) -> None:
        async def there() -> bool:
            return any(text in one for one in await self.seen())

        try:
            await until(there, seconds)
        except TimeoutError:
            raise AssertionError(f"{text!r} never came: {await self.seen()}") from None

    async def state(self) -> str:
        return str((await self.talk()).state)

    async def talk(self) -> Conversation:
        found = await talks.get(self.house.db, self.conversation)
        assert found
        return found

    async def is_(self, state: str, seconds: float = 8) -> Conversation:
        async def there() -> bool:
            return await self.state() == state

        await until(there, seconds)
        return await self.talk()


Comes = Callable[..., Awaitable[Patient]]


@pytest.fixture
async def comes(house: House, fake: Fake) -> Comes:
    """`await comes(patience=4)`: a patient, with the fake as the hospital's bot on these terms."""

    async def coming(language: str = "it", **terms: Any) -> Patient:
        asked = Connection(**{"kind": "generic", "base_url": fake.base, "secret": "s3cret", **terms})
        async with house.db.transaction() as tx:
            await connection.change(house, tx, SYSTEM, asked)
        talk = await house.db.run(lambda tx: open_conversation(house, tx, language=language))
        return Patient(house, talk.id)

    return coming
