"""Hints cross from process to process, the bus may die and come back, and nothing is lost without it."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from sportello.adapters.nats.bus import NatsBus
from sportello.kit.clock import SystemClock
from sportello.kit.database import Database
from sportello.kit.streams import Grant, Streams
from sportello.kit.streams.hub import Follower

NATS = shutil.which("nats-server") or "/usr/sbin/nats-server"


class NatsServer:
    """A nats-server of this test's own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [NATS, "-a", "127.0.0.1", "-p", str(self.port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    yield server
    server.kill()


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, most=8)
    await database.open()
    yield database
    await database.close()


Opening = Callable[[], Awaitable[Streams]]


@pytest.fixture
async def opening(db: Database, nats: NatsServer) -> AsyncIterator[Opening]:
    made: list[Streams] = []

    async def make() -> Streams:
        streams = Streams(db, NatsBus(f"nats://127.0.0.1:{nats.port}"))
        house: Any = SimpleNamespace(clock=SystemClock(), streams=streams, db=db)
        made.append(streams)
        await streams.start(house)
        return streams

    yield make
    for streams in made:
        await streams.stop()


class Ear:
    """A socket that only listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.rechecked: list[str] = []

    def push(self, frame: str) -> None:
        self.heard.append(frame)

    def half_full(self) -> bool:
        return False

    async def drained(self) -> None: ...

    def recheck(self, stream: str) -> None:
        self.rechecked.append(stream)

    async def wait_for(self, count: int, seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)


async def _follow(streams: Streams, stream: str) -> Ear:
    ear = Ear()
    assert await streams.hub.catch_up(Follower(ear, stream, 0, Grant("staff")))
    return ear


async def test_what_one_process_writes_the_other_tells(opening: Opening, db: Database) -> None:
    here, there = await opening(), await opening()
    ear = await _follow(there, "conversation:a")
    began = asyncio.get_running_loop().time()
    await here.post("conversation:a", "message", {"text": "Buongiorno"}, sender="patient", client_id=uuid4())
    await ear.wait_for(1)
    assert asyncio.get_running_loop().time() - began < 1, "by the hint, not by the sweep"
    async with db.transaction() as tx:
        await here.append(tx, "conversation:a", "moved", {"to": "active"})
        here.fence(tx, "conversation:a")
    await ear.wait_for(2)
    here.broadcast("conversation:a", {"t": "typing", "by": "agent:elena"})
    await ear.wait_for(3)
    assert ear.rechecked == ["conversation:a"]
    assert ['"n":1' in ear.heard[0], '"n":2' in ear.heard[1], '"typing"' in ear.heard[2]] == [True] * 3


async def test_both_write_both_hear_all_in_order(opening: Opening) -> None:
    here, there = await opening(), await opening()
    ears = [await _follow(streams, "conversation:a") for streams in (here, there)]
    await asyncio.gather(
        *(
            streams.post("conversation:a", "message", {"n": n}, sender="x", client_id=uuid4())
            for n in range(100)
            for streams in (here, there)
        )
    )
    for ear in ears:
        await ear.wait_for(200)
        assert [f'"n":{n},' in frame for n, frame in enumerate(ear.heard, 1)] == [True] * 200


async def test_a_dead_bus_costs_delay_only(opening: Opening, nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sportello.kit.streams.front.SWEEP_SHARED", 0.5)
    here, there = await opening(), await opening()
    ear = await _follow(there, "conversation:a")
    nats.kill()
    for n in range(5):
        await here.post("conversation:a", "message", {"n": n}, sender="x", client_id=uuid4())
    await ear.wait_for(5, 3)
    nats.start()
    await asyncio.sleep(2.5)
    monkeypatch.setattr("sportello.kit.streams.front.SWEEP_SHARED", 60.0)
    await asyncio.sleep(0.7)
    await here.post("conversation:a", "message", {"n": 5}, sender="x", client_id=uuid4())
    await ear.wait_for(6, 3)


async def test_nonsense_on_the_bus_is_harmless(opening: Opening) -> None:
    here, there = await opening(), await opening()
    ear = await _follow(there, "conversation:a")
    for message in (
        b"",
        b"{",
        b"[]",
        b'{"e":[]}',
        b'{"e":{"conversation:a":"x"}}',
        b'{"e":{"conversation:a":99}}',
        b'{"f":"x"}',
    ):
        here.bus.publish(message)
    await here.post("conversation:a", "message", {"n": 1}, sender="x", client_id=uuid4())
    await ear.wait_for(1)


async def test_a_start_without_the_bus_waits_for_it_in_the_background(
    opening: Opening, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sportello.adapters.nats.bus._FIRST_CONNECTION", 0.3)
    nats.kill()
    here, there = await opening(), await opening()
    ear = await _follow(there, "conversation:a")
    nats.start()
    await asyncio.sleep(2.5)
    await here.post("conversation:a", "message", {"n": 1}, sender="x", client_id=uuid4())
    await ear.wait_for(1, 2)
