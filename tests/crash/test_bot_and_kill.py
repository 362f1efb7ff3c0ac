"""The server killed while a patient's words are on their way to the hospital's bot: nobody waits for ever, nothing is
told twice. Half a minute with the restart and with the lease's own time, so only in a night of trials
(`SPORTELLO_KILLS`); a kill between two servers is tried in every run (tests/live/test_two_servers.py).
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest

from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.tests.fake import Fake, words
from tests.crash.test_kills import Hospital
from tests.live.patients import Patient
from tests.live.test_two_servers import Ward, opened


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    made = Hospital(tmp_path / "data")
    yield made
    made.server.stop()


@pytest.mark.skipif("SPORTELLO_KILLS" not in os.environ, reason="only in a night of trials")
async def test_a_kill_in_the_middle_of_a_turn(hospital: Hospital) -> None:
    async with Fake().served() as fake, httpx.AsyncClient() as http:
        terms = Connection(kind="generic", base_url=fake.base, secret="s", hold=1, patience=4)
        database = await asyncpg.connect(hospital.dsn)
        value = msgspec.json.encode(terms).decode()
        await database.execute(
            "insert into adapters.bot_connection (value, changed_at) values ($1::jsonb, now())", value
        )
        await database.close()
        await asyncio.sleep(3.2)  # the terms in force are known to a process for three seconds
        rosa = Patient(http)
        await rosa.comes(hospital.where())
        await rosa.write(hospital.where(), "ciao")
        await rosa.until(hospital.where(), lambda event: "Ha detto: ciao" in str(event["b"].get("text")), 15)
        fake.slow_post = 30
        await rosa.write(hospital.where(), "a che ora aprite?")
        async with asyncio.timeout(10):
            while "a che ora aprite?" not in fake.texts():
                await asyncio.sleep(0.02)
        await hospital.kill_server()
        events = await rosa.until(
            hospital.where(), lambda event: event["k"] == "moved" and event["b"]["to"] == "queued", 40
        )
        said = [event["b"]["text"] for event in events if event["k"] == "message" and event["by"] == "bot"]
        assert any("operatore" in one for one in said)
        assert len(said) == len(set(said)), said
        assert fake.texts().count("a che ora aprite?") == 1


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    yield made
    made.stop()


@pytest.mark.skipif("SPORTELLO_KILLS" not in os.environ, reason="only in a night of trials")
async def test_the_server_that_reads_the_bot_is_killed_and_the_other_goes_on(ward: Ward) -> None:
    """From the stored watermark: what the bot said before, during and after the kill is there once, in order."""
    here, there = (server.url for server in ward.servers)
    async with Fake().served() as fake, httpx.AsyncClient() as http:
        await ward.employ(Connection(kind="generic", base_url=fake.base, secret="s", hold=30, patience=60))
        rosa = Patient(http)
        await rosa.comes(here)
        await rosa.write(there, "ciao")
        await rosa.until(there, lambda event: event["b"].get("text") == "Ha detto: ciao")
        async with opened(ward.database.dsn) as database:
            first = await database.fetchval("select reader from adapters.bot_session")
            for n in range(10):
                fake.say(words(f"Avviso {n}"))
                await asyncio.sleep(0.05)
                if n == 4:
                    ward.servers[0].kill()
            fake.replays = True  # the service itself starts again from the beginning, as the live one has done
            await rosa.write(there, "ci siete ancora?")
            await rosa.until(there, lambda event: event["b"].get("text") == "Ha detto: ci siete ancora?", 45)
            await asyncio.sleep(3)  # whatever would come twice has come
            assert await database.fetchval("select reader from adapters.bot_session") not in (first, None)
        said = [e["b"]["text"] for e in await rosa.events(there) if e["k"] == "message" and e["by"] == "bot"]
        assert sorted(said[1:]) == sorted(
            ["Ha detto: ciao", *(f"Avviso {n}" for n in range(10)), "Ha detto: ci siete ancora?"]
        )
        assert [one for one in said if one.startswith("Avviso")] == [f"Avviso {n}" for n in range(10)]
        assert fake.texts() == ["ciao", "ci siete ancora?"], "each told once"
        assert len(fake.begun) == 1
