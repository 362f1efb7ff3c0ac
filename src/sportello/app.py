"""Builds the application: the only file that knows everybody."""

import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from sportello.kit.clock import Clock, SystemClock
from sportello.kit.database import Database
from sportello.kit.house import House
from sportello.kit.html import Pages
from sportello.kit.jobs import Jobs
from sportello.kit.news import News
from sportello.kit.settings import Settings
from sportello.kit.streams import Streams

# From the ground upwards: a room is installed after all those it may know.
ROOMS = (
    "kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "routing",
    "scripts", "bots", "outreach", "portal", "desk", "demo", "adapters",
)  # fmt: skip


def _installs(rooms: Sequence[str]) -> list[ModuleType]:
    return [importlib.import_module(f"sportello.{room}.install") for room in rooms]


def furnish(settings: Settings, rooms: Sequence[str] = ROOMS, clock: Clock | None = None) -> House:
    """A house with every room installed; nothing is opened yet."""
    news = News()
    db = Database(settings.database.url, most=settings.database.connections)
    house = House(
        settings=settings,
        clock=clock or SystemClock(),
        db=db,
        streams=Streams(db),
        jobs=Jobs(db),
        news=news,
        pages=Pages(settings),
    )
    news.settle(house)
    for room in _installs(rooms):
        if settings.demo or room.__name__ != "sportello.demo.install":
            room.install(house)
    return house


@asynccontextmanager
async def open_house(house: House, rooms: Sequence[str] = ROOMS) -> AsyncIterator[House]:
    """Connects and starts everything in order, and stops it in the reverse order."""
    await house.db.open()
    try:
        await house.streams.start(house)
        await house.jobs.start(house)
        for room in _installs(rooms):
            if (settings_allow(house, room)) and hasattr(room, "start"):
                await room.start(house)
        yield house
    finally:
        await house.tasks.stop()
        await house.jobs.stop()
        await house.streams.stop()
        await house.db.close()


def settings_allow(house: House, room: ModuleType) -> bool:
    """The demo's doors exist only in a demo: they sign people in without a password."""
    return house.settings.demo or room.__name__ != "sportello.demo.install"


def application(house: House, rooms: Sequence[str] = ROOMS, *, lifespan: bool = True) -> Litestar:
    """The ASGI application around a house; without `lifespan` the caller opens the house."""
    routes: list[Any] = []
    dependencies: dict[str, Any] = {"house": Provide(lambda: app.state.house, sync_to_thread=False)}
    options: dict[str, Any] = {}
    for room in _installs(rooms):
        if not settings_allow(house, room):
            continue
        routes += getattr(room, "ROUTES", [])
        dependencies |= getattr(room, "DEPENDENCIES", {})
        for key, value in getattr(room, "OPTIONS", {}).items():
            if isinstance(value, dict):
                options.setdefault(key, {}).update(value)
            else:
                options.setdefault(key, []).extend(value)

    @asynccontextmanager
    async def living(_app: Litestar) -> AsyncIterator[None]:
        async with open_house(house, rooms):
            yield

    app = Litestar(
        routes,
        dependencies=dependencies,
        lifespan=[living] if lifespan else [],
        openapi_config=None,
        logging_config=None,  # kit.logging has set it up, with redaction
        **options,
    )
    app.state.house = house
    return app
