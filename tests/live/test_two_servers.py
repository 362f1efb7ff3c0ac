"""Two server processes on one database, a patient on one and the agent on the other, with NATS between them or dead;
the hospital's own bot and a Direct Line client, each of them spoken to by both.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from sportello.adapters.outside_bots.connection import REMEMBERED, Connection
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.security.sealing import new_key
from tests.launching.running import ROOT, Running
from tests.live import stage
from tests.live.patients import Patient
from tests.live.sockets import Frame, Player

NATS = shutil.which("nats-server") or "/usr/sbin/nats-server"


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


class Ward:
    """The database, the bus and two servers."""

    def __init__(self, folder: Path) -> None:
        assert Path(NATS).exists(), "nats-server is wanted (Debian: apt-get install nats-server)"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start_bus()
        self.key = new_key()
        self.database = EmbeddedPostgres(folder / "database")
        self.database.start()
        migrate(self.database.dsn)
        self.servers = [
            Running(
                folder / name, command="serve",
                environment={
                    "SPORTELLO_DATABASE_URL": self.database.dsn,
                    "SPORTELLO_BUS_URL": f"nats://127.0.0.1:{self.port}",
                    "SPORTELLO_SECURITY_SECRETS_KEYS": self.key,
                },
            )
            for name in ("here", "there")
        ]  # fmt: skip
        self.folder = folder

    async def employ(self, terms: Connection) -> None:
        """The terms of the hospital's own bot, in force at both servers when this returns."""
        async with opened(self.database.dsn) as database:
            value = msgspec.json.encode(terms).decode()
            await database.execute("delete from adapters.bot_connection")
            await database.execute(
                "insert into adapters.bot_connection (value, changed_at) values ($1::jsonb, now())", value
            )
        await asyncio.sleep(REMEMBERED + 0.2)

    def secret(self) -> str:
        """A Direct Line secret, as an operator prints it."""
        done = subprocess.run(
            [sys.executable, "-m", "sportello", "token", "directline", "--data", str(self.servers[0].data)],
            env=os.environ | {"SPORTELLO_DATABASE_URL": self.database.dsn, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.strip()

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


async def test_one_server_reads_the_hospitals_bot_whichever_the_patient_writes_to(ward: Ward) -> None:
    here, there = (server.url for server in ward.servers)
    async with Fake().served() as fake, httpx.AsyncClient() as http:
        await ward.employ(Connection(kind="generic", base_url=fake.base, secret="s", hold=10, patience=30))
        rosa = Patient(http)
        await rosa.comes(here)
        for n in range(8):
            await rosa.write((here, there)[n % 2], f"messaggio {n}")
            await rosa.until(there, lambda event, n=n: f"Ha detto: messaggio {n}" == event["b"].get("text"))
        fake.say(words("Da solo"))
        await rosa.until(there, lambda event: event["b"].get("text") == "Da solo")
        assert (len(fake.begun), len(fake.sockets)) == (1, 1), "one conversation there, one reader"
        assert fake.texts() == [f"messaggio {n}" for n in range(8)], "each told once, in order"
        said = [e["b"]["text"] for e in await rosa.events(here) if e["k"] == "message" and e["by"] == "bot"]
        assert said[1:] == [*(f"Ha detto: messaggio {n}" for n in range(8)), "Da solo"]
        assert [e["n"] for e in await rosa.events(here)] == [e["n"] for e in await rosa.events(there)]
        await ward.employ(Connection())


async def test_a_direct_line_client_goes_from_one_server_to_the_other(ward: Ward) -> None:
    here, there = (f"{server.url}/v3/directline" for server in ward.servers)
    secret = await asyncio.to_thread(ward.secret)
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{here}/conversations", headers={"authorization": f"Bearer {secret}"}, json={})
        begun = answer.json()
        door, bearer = f"conversations/{begun['conversationId']}", {"authorization": f"Bearer {begun['token']}"}
        seen: list[dict[str, Any]] = []
        watermark = ""
        for n in range(6):
            said = {"type": "message", "from": {"id": "x"}, "text": f"grazie {n}"}
            server = (here, there)[n % 2]
            assert (await http.post(f"{server}/{door}/activities", headers=bearer, json=said)).status_code == 200
            async with asyncio.timeout(8):
                while not any(one.get("text") == f"grazie {n}" for one in seen):
                    other = (there, here)[n % 2]
                    found = await http.get(
                        f"{other}/{door}/activities", headers=bearer, params={"watermark": watermark}
                    )
                    seen += found.json()["activities"]
                    watermark = found.json()["watermark"]
        ids = [one["id"] for one in seen]
        assert len(ids) == len(set(ids)), "nothing comes twice"
        assert [one["text"] for one in seen if one["from"].get("role") == "user"] == [f"grazie {n}" for n in range(6)]


async def test_the_server_that_reads_the_bot_is_killed_and_nobody_is_left_alone_or_told_twice(ward: Ward) -> None:
    """One patient's words are on their way to the bot, another's bot speaks: the other server goes on with both."""
    here, there = (server.url for server in ward.servers)
    async with Fake().served() as fake, httpx.AsyncClient() as http, opened(ward.database.dsn) as database:
        await ward.employ(Connection(kind="generic", base_url=fake.base, secret="s", hold=1, patience=4))
        rosa, ugo = Patient(http), Patient(http)
        for one in (rosa, ugo):
            await one.comes(here)
            await one.write(here, "ciao")
            await one.until(here, lambda event: event["b"].get("text") == "Ha detto: ciao")
        readers = await database.fetch("select distinct reader from adapters.bot_session where state = 'open'")
        assert len(readers) == 1
        fake.slow_post = 30
        await rosa.write(here, "a che ora aprite?")
        async with asyncio.timeout(10):
            while "a che ora aprite?" not in fake.texts():
                await asyncio.sleep(0.02)
        fake.say(words("Un avviso"))  # to Ugo, who came last
        ward.servers[0].kill()
        fake.slow_post, fake.replays = 0, True  # and the service starts again from the beginning
        # Its lease ends after fifteen seconds, which nobody needs to wait for here.
        await database.execute("update adapters.bot_session set reader_until = now() where state = 'open'")
        await ugo.write(there, "ci siete ancora?")
        await ugo.until(there, lambda event: event["b"].get("text") == "Ha detto: ci siete ancora?", 12)
        events = await rosa.until(there, lambda event: event["k"] == "moved" and event["b"]["to"] == "queued", 12)
        now_reads = await database.fetchval(
            "select reader from adapters.bot_session where 'conversation:' || conversation = $1", ugo.stream
        )
        assert now_reads not in (None, readers[0]["reader"])
        heard = [e["b"]["text"] for e in await ugo.events(there) if e["k"] == "message" and e["by"] == "bot"]
    told = [e["b"]["text"] for e in events if e["k"] == "message" and e["by"] == "bot"]
    assert len(told) == len(set(told)), told
    assert any("operatore" in one for one in told)
    assert heard[1:] == ["Ha detto: ciao", "Un avviso", "Ha detto: ci siete ancora?"]
    assert fake.texts().count("a che ora aprite?") == 1, "of unknown arrival: not sent again"
    assert len(fake.begun) == 2
