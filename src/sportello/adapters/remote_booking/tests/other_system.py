"""Another system for the wizard to book at, behind a real port: a second Sportello, or a fake of `conftest`."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from msgspec.structs import replace

from sportello.adapters.remote_booking import terms as terms_module
from sportello.adapters.remote_booking.terms import SCOPES, Terms
from sportello.adapters.remote_booking.tests.conftest import Store
from sportello.adapters.remote_fhir import signing
from sportello.administration.actor import SYSTEM, Actor
from sportello.app import ROOMS, application, furnish, open_house
from sportello.fhir import store as fhir
from sportello.fhir.ports import KeySource
from sportello.fhir.smart import registering
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.house import House
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from sportello.scheduling.booking_port import Calendars
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import GIULIA, san_luca
from sportello.scheduling.tests.wizard_tab import Wizard
from sportello.serving import uvicorn_config
from sportello.testing import database_of

SignIn = Callable[..., Awaitable[Actor]]
CLIENT = UUID("0193b1c0-0000-7000-8000-000000000002")
TODAY = datetime.now(UTC).date()
Answering = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def reached_again(house: House) -> None:
    """As after the half minute for which a system that is down is left alone."""
    house.port(Calendars)._link = None


async def settled(house: House) -> None:
    """The job looks at orders that were not kept, as it does a minute later; those that wait for others, after them."""
    reached_again(house)
    for _ in range(3):
        await house.db.execute("update kit.job set run_at = now() where name = 'scheduling.settle_elsewhere'")
        await house.jobs.run_due()
        async with asyncio.timeout(20):  # the house's own worker may have taken some of them
            while await house.db.fetchval(
                "select count(*) from kit.job where name like '%settle_e%' and state = 'taken'"
            ):
                await asyncio.sleep(0.05)


class Door:
    """Stands before the other system: lost and refused answers on request."""

    def __init__(self, app: Answering) -> None:
        self.app = app
        self.asked: list[str] = []
        self.lose: Callable[[str], bool] = lambda _path: False
        self.refuse: Callable[[str], bool] = lambda _path: False
        self.away = False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = f"{scope['method']} {scope['path'].removeprefix('/fhir/R4/')}"
        self.asked.append(path)
        if self.away or self.refuse(path):
            await _tell(send, 502, b"")
            return
        if self.lose(path):
            await self.app(scope, receive, _nowhere)
            await _tell(send, 502, b"")
            return
        await self.app(scope, receive, send)


async def _nowhere(_message: Any) -> None:
    """An answer that is lost on the way."""


async def _tell(send: Any, status: int, body: bytes) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/fhir+json")]}
    )
    await send({"type": "http.response.body", "body": body})


def faking(store: Store) -> Answering:
    """A fake of `conftest` behind a real port."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        address = f"http://other.example{scope['path'].replace('/fhir/R4', '/fhir')}?{scope['query_string'].decode()}"
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        told = store.answer(httpx.Request(scope["method"], address, headers=headers, content=body))
        listed = [(name.encode(), value.encode()) for name, value in told.headers.items() if name != "content-length"]
        await send({"type": "http.response.start", "status": told.status_code, "headers": listed})
        await send({"type": "http.response.body", "body": told.content})

    return answer


class Served:
    """A server on a free port, for as long as the block lasts."""

    def __init__(self, door: Door) -> None:
        self.server = uvicorn.Server(uvicorn_config(door, "127.0.0.1", 0))

    async def __aenter__(self) -> str:
        self.task = asyncio.create_task(self.server.serve())
        while not self.server.started:
            await asyncio.sleep(0.01)
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}/fhir/R4"

    async def __aexit__(self, *_: object) -> None:
        self.server.should_exit = True
        async with asyncio.timeout(5):
            await self.task


@pytest.fixture
def their_dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    with database_of(postgres) as dsn:
        yield dsn


class There:
    """The other Sportello: its house, and the door before it."""

    def __init__(self, house: House, door: Door) -> None:
        self.house, self.door = house, door

    async def visits(self) -> list[tuple[str, str]]:
        rows = await self.house.db.fetch("select status, reason from scheduling.appointment order by created_at")
        return [tuple(row) for row in rows]


async def offer(house: House, *, weeks: int) -> None:
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        if weeks:
            await generate_slots(tx, TODAY + timedelta(days=1), weeks)
        for resource in GIULIA:
            await fhir.put(tx, resource)


async def chosen(house: House, **changes: Any) -> None:
    terms = replace(Terms(kept="elsewhere", seconds=5, ceiling=1000), **changes)
    await house.db.run(lambda tx: terms_module.change(house, tx, SYSTEM, terms))
    await house.jobs.run_due()
    async with asyncio.timeout(20):  # the house's own worker may have taken some of them
        while await house.db.fetchval("select count(*) from kit.job where name = 'scheduling.replan'"):
            await asyncio.sleep(0.05)


@pytest.fixture
async def there(house: House, their_dsn: str, settings: Settings) -> AsyncIterator[There]:
    """A second Sportello that keeps the calendars; ours signs in with its keys."""
    theirs = Settings(
        clinic=Clinic(name="CUP"), database=DatabaseSettings(url=their_dsn), data=settings.data / "theirs"
    )
    rooms = ROOMS[: ROOMS.index("scheduling") + 1]
    other = furnish(theirs, rooms)
    async with open_house(other, rooms):
        await offer(other, weeks=2)
        published = await signing.published(house)

        class Published:
            async def keys(self, url: str, *, fresh: bool) -> Any:
                return published

        other.ports[KeySource] = Published()
        async with other.db.transaction() as tx:
            await registering.register(
                other, tx, SYSTEM, client=CLIENT, name="Sportello", scopes=SCOPES, keys="",
                keys_url="https://sportello.example/fhir-client/jwks.json",
            )  # fmt: skip
        door = Door(application(other, rooms, lifespan=False))
        async with Served(door) as address:
            await offer(house, weeks=2)
            await chosen(house, address=address, client=str(CLIENT))
            yield There(other, door)
            await other.streams.hang_up()


@pytest.fixture
async def tab(client: httpx.AsyncClient, sign_in: SignIn, there: There) -> Wizard:
    await sign_in(client, "agent", language="en")
    return await Wizard(client).begin()


async def to_times(tab: Wizard, kind: str = "ecg|in_person") -> list[str]:
    """The times that the wizard offers."""
    await tab.say("who", who="practitioner:bassi")
    await tab.say("type", type=kind)
    await tab.say("place", place="centro")
    return offered(tab)


def offered(tab: Wizard) -> list[str]:
    return re.findall(r'name="slot" value="(\d+)"', tab.answer.text)


async def remote_of(house: House, slot: str) -> int:
    return int(await house.db.fetchval("select remote from scheduling.slot where id = $1", int(slot)))


async def booked(tab: Wizard, slot: str) -> httpx.Response:
    await tab.say("time", slot=slot)
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo", details="Porta gli esami.")
    return await tab.say("review", action="schedule")
