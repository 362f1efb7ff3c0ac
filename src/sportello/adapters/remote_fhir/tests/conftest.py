"""A hospital with its own server, which is a second Sportello's FHIR door, and which misbehaves on request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from msgspec.structs import replace

from sportello.adapters.remote_fhir import signing, terms
from sportello.adapters.remote_fhir.terms import Terms
from sportello.administration.actor import SYSTEM
from sportello.app import application, furnish, open_house
from sportello.fhir import store
from sportello.fhir.ports import KeySource
from sportello.fhir.smart import registering
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.house import House
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from sportello.serving import uvicorn_config
from sportello.testing import database_of

_THEIRS = ("kit", "web", "administration", "fhir")
SCOPES = f"{terms.SCOPES} patient.read_sensitive"
CLIENT = UUID("0193b1c0-0000-7000-8000-000000000001")


class Misbehaving:
    """Stands before the hospital's door: every request is written down, and `spoil` may answer in its place."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.asked: list[tuple[str, str, bytes]] = []
        self.spoil: Callable[[str, str, bytes], Any] = lambda method, path, body: None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        path = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        self.asked.append((scope["method"], path, body))
        told = self.spoil(scope["method"], path, body)
        if asyncio.iscoroutine(told):
            told = await told
        if told is None:
            sent = [{"type": "http.request", "body": body, "more_body": False}]
            await self.app(scope, lambda: _next(sent, receive), send)
            return
        status, headers, content = told
        listed = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": listed})
        await send({"type": "http.response.body", "body": content})


async def _next(sent: list[Any], receive: Any) -> Any:
    return sent.pop() if sent else await receive()


class Hospital:
    """The hospital's house, its address, and what stands before its door."""

    def __init__(self, house: House, door: Misbehaving) -> None:
        self.house = house
        self.door = door
        self.address = ""

    async def has(self, *resources: dict[str, Any]) -> None:
        async with self.house.db.transaction() as tx:
            await store.put_many(tx, list(resources))

    async def lets_in(self, ours: House, scopes: str = SCOPES) -> None:
        """Registers Sportello with the keys that it publishes."""
        published = await signing.published(ours)

        class Published:
            async def keys(self, url: str, *, fresh: bool) -> Any:
                return published

        self.house.ports[KeySource] = Published()
        async with self.house.db.transaction() as tx:
            await registering.register(
                self.house, tx, SYSTEM, client=CLIENT, name="Sportello", scopes=scopes, keys="",
                keys_url="https://sportello.example/fhir-client/jwks.json",
            )  # fmt: skip


@pytest.fixture
def their_dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of the hospital's own."""
    with database_of(postgres) as dsn:
        yield dsn


@pytest.fixture
async def hospital(their_dsn: str, settings: Settings) -> AsyncIterator[Hospital]:
    """A hospital's server on a free port."""
    theirs = Settings(
        clinic=Clinic(name="Ospedale San Luca"), database=DatabaseSettings(url=their_dsn), data=settings.data / "theirs"
    )
    house = furnish(theirs, _THEIRS)
    async with open_house(house, _THEIRS):
        door = Misbehaving(application(house, _THEIRS, lifespan=False))
        made = Hospital(house, door)
        async with listening(door) as address:
            made.address = address
            yield made
            await house.streams.hang_up()


@asynccontextmanager
async def listening(app: Any, certificate: str = "", key: str = "") -> AsyncIterator[str]:
    """The door's address on a free port, by TLS when there is a certificate."""
    config = uvicorn_config(app, "127.0.0.1", 0)
    if certificate:
        config.ssl_certfile, config.ssl_keyfile = certificate, key
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}/fhir/R4"
    running.should_exit = True
    async with asyncio.timeout(5):
        await task


Connect = Callable[..., Awaitable[Terms]]


@pytest.fixture
def connect(house: House, hospital: Hospital) -> Connect:
    """Puts the record on the hospital's server; nothing counts as of now, so that every look asks."""

    async def made(**changes: Any) -> Terms:
        chosen = Terms(kind="remote", name="Cartella di San Luca", address=hospital.address, client=str(CLIENT),
                       fresh=0, ceiling=1000, seconds=5)  # fmt: skip
        chosen = replace(chosen, **changes)
        if not await store_knows(hospital):
            await hospital.lets_in(house)
        await house.db.run(lambda tx: terms.change(house, tx, SYSTEM, chosen))
        return chosen

    return made


async def store_knows(hospital: Hospital) -> bool:
    return bool(await hospital.house.db.fetchval("select count(*) from fhir.client where id = $1", CLIENT))
