"""The server killed while a patient's words are on their way to the hospital's bot: nobody waits for ever, nothing is
told twice. Half a minute with the restart, so only in a night of trials (`SPORTELLO_KILLS`); the same without a
process's death is tried in every run beside the relay.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.tests.fake import Fake
from tests.crash.test_kills import Hospital


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    made = Hospital(tmp_path / "data")
    yield made
    made.server.stop()


class Patient:
    """Somebody on a phone, over plain requests."""

    def __init__(self, hospital: Hospital, http: httpx.AsyncClient) -> None:
        self.hospital, self.http = hospital, http
        self.stream, self.headers = "", {}

    async def comes(self) -> None:
        answer = await self.http.post(f"{self.hospital.where()}/portal/chat", json={"key": str(uuid4())})
        self.stream, self.headers = answer.json()["stream"], {"authorization": f"Bearer {answer.json()['token']}"}

    async def write(self, text: str) -> None:
        frame = {"t": "post", "s": self.stream, "id": str(uuid4()), "k": "message", "b": {"text": text}}
        answer = await self.http.post(f"{self.hospital.where()}/line/post", json=frame, headers=self.headers)
        assert answer.json()[0]["t"] == "ack", answer.text

    async def events(self) -> list[dict[str, Any]]:
        asked = {"s": self.stream, "n": 0}
        answer = await self.http.get(f"{self.hospital.where()}/line/since", params=asked, headers=self.headers)
        return [frame for frame in answer.json() if frame["t"] == "ev"]

    async def until(self, wanted: Any, seconds: float = 40) -> list[dict[str, Any]]:
        async with asyncio.timeout(seconds):
            while True:
                events = await self.events()
                if any(wanted(one) for one in events):
                    return events
                await asyncio.sleep(0.1)


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
        rosa = Patient(hospital, http)
        await rosa.comes()
        await rosa.write("ciao")
        await rosa.until(lambda event: "Ha detto: ciao" in str(event["b"].get("text")), 15)
        fake.slow_post = 30
        await rosa.write("a che ora aprite?")
        async with asyncio.timeout(10):
            while "a che ora aprite?" not in fake.texts():
                await asyncio.sleep(0.02)
        await hospital.kill_server()
        events = await rosa.until(lambda event: event["k"] == "moved" and event["b"]["to"] == "queued")
        said = [event["b"]["text"] for event in events if event["k"] == "message" and event["by"] == "bot"]
        assert any("operatore" in one for one in said)
        assert len(said) == len(set(said)), said
        assert fake.texts().count("a che ora aprite?") == 1
