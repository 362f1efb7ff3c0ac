"""Fixtures for every room: one real PostgreSQL for the run, a fresh database and a furnished house for each test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from litestar import Litestar

import sportello
from sportello.kit.database import Database
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.kept_cluster import copied_cluster, sibling
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Settings

Database.strict = True


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Only asyncio, with uvloop as in production."""
    return ("asyncio", {"use_uvloop": True})


_MEMORY = Path("/dev/shm")  # a database of hundreds of files is copied for each test, which no disk likes
_ROOM = 4 << 30  # bytes


def _quick_folder() -> str | None:
    """Memory where the machine lends enough of it; None: wherever temporary files go."""
    try:
        free = shutil.disk_usage(_MEMORY).free
    except OSError:
        return None
    return str(_MEMORY) if free > _ROOM and os.access(_MEMORY, os.W_OK) else None


_TEMPLATE = "template_sportello"
_SHELF = Path(sportello.__file__).parents[2] / ".cluster"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's own cluster, with a migrated database that others are copied from; thrown away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-test-", dir=_quick_folder()))
    folder.chmod(0o711)
    server = copied_cluster(folder, _TEMPLATE, _SHELF)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of this test's own."""
    with database_of(postgres) as dsn:
        yield dsn


@contextmanager
def database_of(postgres: EmbeddedPostgres, template: str = _TEMPLATE) -> Iterator[str]:
    """A migrated database, or a copy of another one; a test that furnishes a second house takes another one."""
    name = f"t_{uuid7().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
        yield sibling(postgres.dsn, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    """Settings of a test; a test may override this fixture."""
    from sportello.kit.settings import Clinic, DatabaseSettings

    return Settings(clinic=Clinic(name="Ospedale San Luca"), database=DatabaseSettings(url=dsn), data=tmp_path)


@pytest.fixture
def rooms(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The rooms to furnish: the tested room and all below it; everything for tests that cross rooms."""
    from sportello.app import ROOMS

    source = Path(sportello.__file__).parent
    tested = Path(str(request.path))
    room = tested.relative_to(source).parts[0] if tested.is_relative_to(source) else ""
    return ROOMS[: ROOMS.index(room) + 1] if room in ROOMS else ROOMS


@pytest.fixture
async def house(settings: Settings, rooms: tuple[str, ...]) -> AsyncIterator[House]:
    """A furnished, started house on the test's own database."""
    from sportello.app import furnish, open_house

    house = furnish(settings, rooms)
    async with open_house(house, rooms):
        yield house


_applications: dict[tuple[tuple[str, ...], bool], Litestar] = {}


def lent_application(house: House, rooms: tuple[str, ...]) -> Litestar:
    """The application around `house`: its routes are laid once for all tests, who take turns with it."""
    from sportello.app import application

    laid = rooms, house.settings.demo
    if laid not in _applications:
        _applications[laid] = application(house, rooms, lifespan=False)
    _applications[laid].state.house = house
    return _applications[laid]


@pytest.fixture
async def client(house: House, rooms: tuple[str, ...]) -> AsyncIterator[Any]:
    """An HTTP client on the whole application around `house`, in the test's own event loop."""
    import httpx

    app = lent_application(house, rooms)
    transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sportello.test") as http:
        yield http


@pytest.fixture
async def server(house: House, rooms: tuple[str, ...]) -> AsyncIterator[str]:
    """The address of a real uvicorn on a free loopback port, serving `house` in the test's own event loop."""
    import asyncio

    import uvicorn

    from sportello.serving import uvicorn_config

    running = uvicorn.Server(uvicorn_config(lent_application(house, rooms), "127.0.0.1", 0))
    task = asyncio.create_task(running.serve())
    while not running.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    await house.streams.hang_up()
    async with asyncio.timeout(5):
        await task


_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> dict[str, Any]:
    """How Playwright launches the browser of the tests; the shell without a window comes first, it is a fifth lighter.

    A browser's absence is a failure, not a skip. What is expected of a page may come late on a busy machine.
    """
    from playwright import async_api, sync_api

    for api in (async_api, sync_api):
        api.expect.set_options(timeout=15_000)
    program = os.environ.get("SPORTELLO_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert program, "the tests need Chromium: bin/test installs it, or set SPORTELLO_CHROMIUM to its program"
    flags = "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    more = "disable-component-update disable-sync"
    return {"executable_path": program, "args": [f"--{flag}" for flag in f"{flags} {more}".split()]}


@pytest.fixture(scope="module")
async def chromium_of_module() -> AsyncIterator[Any]:
    """A browser is started once for the tests of a module."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(**chromium())
        yield started
        await started.close()


@pytest.fixture
async def browser(chromium_of_module: Any) -> AsyncIterator[Any]:
    """Chromium without anything open; what a test leaves open is closed behind it."""
    yield chromium_of_module
    for context in chromium_of_module.contexts:
        await context.close()
