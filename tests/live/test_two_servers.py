"""Two server processes on one database, a patient on one and the agent on the other, with NATS between them or dead."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from tests.launching.running import Running
from tests.live import stage
from tests.live.sockets import Frame, Player

NATS = shutil.which("nats-server") or "/usr/sbin/nats-server"


class Ward:
    """The database, the bus and two servers."""

    def __init__(self, folder: Path) -> None:
        assert Path(NATS).exists(), "nats-server is wanted (Debian: apt-get install nats-server)"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start_bus()
        self.database = EmbeddedPostgres(folder / "database")
        self.database.start()
        migrate(self.database.dsn)
        self.servers = [
            Running(
                folder / name, command="serve",
                environment={
                    "SPORTELLO_DATABASE_URL": self.database.dsn,
                    "SPORTELLO_BUS_URL": f"nats://127.0.0.1:{self.port}",
                },
            )
            for name in ("here", "there")
        ]  # fmt: skip
        self.folder = folder

    def start_bus(self) -> None:
        self.bus = subprocess.Popen(
            [NATS, "-a", "127.0.0.1", "-p", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill_bus(self) -> None:
        self.bus.kill()
        self.bus.wait()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.kill_bus()
        self.database.stop()


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    made = Ward(tmp_path_factory.mktemp("ward"))
    yield made
    made.stop()


class Ear:
    """A player that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []

    async def open(self, url: str, stream: str, **way_in: str) -> "Ear":
        self.player = await Player(lambda _, frames: self.heard.extend(frames)).open(url, **way_in)
        self.player.say({"t": "follow", "s": stream, "after": 0})
        await self.until("following")
        return self

    async def until(self, kind: str, count: int = 1, seconds: float = 8) -> list[Frame]:
        async with asyncio.timeout(seconds):
            while len(found := [frame for frame in self.heard if frame.t == kind]) < count:
                await asyncio.sleep(0.005)
        return found


async def _meet(ward: Ward) -> tuple[Ear, Ear, str]:
    plan: dict[str, Any] = await asyncio.to_thread(
        stage.invite, ward.database.dsn, ward.folder, ward.servers[0].url, patients=1, agents=1, supervisors=0
    )
    patient, agent = plan["patients"][0], plan["agents"][0]
    stream = patient["stream"]
    here = await Ear().open(ward.servers[0].url, stream, token=patient["token"])
    there = await Ear().open(ward.servers[1].url, stream, cookie=agent["cookie"])
    return here, there, stream


def _post(ear: Ear, stream: str, text: str) -> None:
    ear.player.say({"t": "post", "s": stream, "id": str(uuid4()), "k": "message", "b": {"text": text}})


async def test_a_talk_across_two_servers(ward: Ward) -> None:
    patient, agent, stream = await _meet(ward)
    loop = asyncio.get_running_loop()
    for n in range(30):
        speaker, hearer = (patient, agent) if n % 2 == 0 else (agent, patient)
        before = len([f for f in hearer.heard if f.t == "ev"])
        began = loop.time()
        _post(speaker, stream, f"messaggio {n}")
        await hearer.until("ev", before + 1)
        assert loop.time() - began < 1.0, "by the hint, not by the sweep"
    patient.player.say({"t": "typing", "s": stream})
    await agent.until("typing")
    numbers = [[f.n for f in ear.heard if f.t == "ev"] for ear in (patient, agent)]
    assert numbers[0] == numbers[1] == list(range(1, len(numbers[0]) + 1))


async def test_a_dead_bus_delays_and_loses_nothing(ward: Ward) -> None:
    patient, agent, stream = await _meet(ward)
    before = len([f for f in agent.heard if f.t == "ev"])
    ward.kill_bus()
    try:
        for n in range(5):
            _post(patient, stream, f"senza bus {n}")
        await agent.until("ev", before + 5, 10)
    finally:
        ward.start_bus()
    numbers = [f.n for f in agent.heard if f.t == "ev"]
    assert numbers == list(range(1, len(numbers) + 1))
