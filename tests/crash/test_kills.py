"""Kills under load: every acknowledged message is there once, under the number that was told, in its writer's order."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from tests.crash.writers import Writer
from tests.launching.running import Running, children
from tests.live import stage

KILLS = int(os.environ.get("SPORTELLO_KILLS", "8"))  # more for a night of trials
WRITERS = 24
BOUND = 240.0  # seconds for a whole trial


class Hospital:
    """A served data directory that is killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = Running(data, command="serve")
        self.dsn = EmbeddedPostgres(data).dsn

    def where(self) -> str:
        return self.server.url

    async def kill_server(self) -> None:
        """The whole process at once; the database ends with it, for it is its child."""
        self.server.kill()
        self.server = await asyncio.to_thread(Running, self.data, command="serve")

    async def kill_database(self) -> None:
        """The database process; the server starts it again by itself."""
        for pid in children(self.server.process.pid):
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0)


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    made = Hospital(tmp_path / "data")
    yield made
    made.server.stop()


async def _trial(hospital: Hospital, kill: Callable[[], Awaitable[None]], kills: int) -> list[Writer]:
    plan = await asyncio.to_thread(
        stage.invite, hospital.dsn, hospital.data, hospital.where(), patients=WRITERS, agents=4, supervisors=0
    )
    writers = [
        Writer(f"patient {n}", one["stream"], one["token"], hospital.where) for n, one in enumerate(plan["patients"])
    ]
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    for _ in range(kills):
        before = sum(len(writer.acked) for writer in writers)
        await asyncio.sleep(random.uniform(0.1, 0.7))
        began = time.monotonic()
        while sum(len(writer.acked) for writer in writers) < before + 50:
            assert time.monotonic() - began < 40, "writing did not go on after a kill"
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)
        await kill()
    for writer in writers:
        writer.stopping = True
    await asyncio.wait_for(asyncio.gather(*tasks), 60)
    return writers


async def _check(hospital: Hospital, writers: list[Writer]) -> None:
    connection: Any = await asyncpg.connect(hospital.dsn)
    try:
        for writer in writers:
            assert not writer.conflicts, "a message was acknowledged under two numbers"
            rows = await connection.fetch(
                "select seq, client_id::text as id, kind, body ->> 'text' as text from kit.event"
                " where stream = $1 order by seq",
                writer.stream,
            )
            assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)), "a number is missing"
            said = [row for row in rows if row["kind"] == "message"]
            assert len({row["id"] for row in said}) == len(said), "a message is there twice"
            kept = {row["id"]: row["seq"] for row in said}
            lost = {one: seq for one, seq in writer.acked.items() if kept.get(one) != seq}
            assert not lost, f"acknowledged, but not there under its number: {lost}"
            numbers = [int(row["text"]) for row in said]
            assert numbers == sorted(numbers), "a writer's order was changed"
            assert len(said) == len(writer.order), "all was sent until acknowledged"
            head = await connection.fetchval("select last_seq from kit.stream where stream = $1", writer.stream)
            assert head == len(rows)
    finally:
        await connection.close()


async def test_the_server_is_killed_under_load(hospital: Hospital) -> None:
    began = time.monotonic()
    writers = await _trial(hospital, hospital.kill_server, KILLS)
    await _check(hospital, writers)
    assert sum(len(writer.acked) for writer in writers) > KILLS * 50
    assert time.monotonic() - began < BOUND


async def test_the_database_is_killed_under_load(hospital: Hospital) -> None:
    began = time.monotonic()
    writers = await _trial(hospital, hospital.kill_database, KILLS)
    await _check(hospital, writers)
    assert hospital.server.process.poll() is None, "the server lived through it"
    assert time.monotonic() - began < BOUND
