"""A promised job is kept once, in time, after crashes too, and never for ever."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sportello.kit.clock import FixedClock, SystemClock
from sportello.kit.database import Database, Transaction
from sportello.kit.jobs import Jobs, job
from sportello.kit.jobs import worker as working

ran: list[tuple[str, Any]] = []


@job("trial.note", starts=3)
async def note(house: Any, tx: Transaction, payload: dict[str, Any]) -> None:
    ran.append((payload["for"], time.monotonic()))
    if payload.get("fails", 0) > sum(name == payload["for"] for name, _ in ran) - 1:
        raise RuntimeError("Giulia Ferri's mail box is full")
    await asyncio.sleep(payload.get("seconds", 0))


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    ran.clear()
    database = Database(dsn, most=8)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def jobs(db: Database) -> AsyncIterator[Jobs]:
    made = Jobs(db)
    house: Any = SimpleNamespace(clock=SystemClock(), jobs=made, db=db)
    await made.start(house)
    yield made
    await made.stop()


async def _until(condition: Any, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not (found := condition()) or (asyncio.iscoroutine(found) and not await found):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def _left(db: Database) -> int:
    return int(await db.fetchval("select count(*) from kit.job"))


async def test_a_committed_job_runs_at_once_and_is_gone(jobs: Jobs, db: Database) -> None:
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "Giulia"})
        await asyncio.sleep(0.4)
        assert not ran, "not before the commit"
    began = time.monotonic()
    await _until(lambda: ran)
    assert time.monotonic() - began < 0.2
    await asyncio.sleep(0.1)
    assert await _left(db) == 0


async def test_a_rollback_promises_nothing(jobs: Jobs, db: Database) -> None:
    async def failing() -> None:
        async with db.transaction() as tx:
            await jobs.enqueue(tx, "trial.note", {"for": "Giulia"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await _left(db) == 0
    await asyncio.sleep(0.4)
    assert not ran


async def test_due_times_are_kept_within_a_second(jobs: Jobs, db: Database) -> None:
    now = datetime.now(UTC)
    began = time.monotonic()
    async with db.transaction() as tx:
        for n in range(6):
            await jobs.enqueue(tx, "trial.note", {"for": n}, run_at=now + timedelta(seconds=n * 0.4))
    await _until(lambda: len(ran) == 6)
    for n, at in ran:
        assert -0.01 <= at - began - n * 0.4 < 1.0


async def test_of_two_waiting_with_one_key_the_later_words_count(jobs: Jobs, db: Database) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "first"}, run_at=soon, dedupe_key="offer:1")
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "second"}, run_at=soon, dedupe_key="offer:1")
    await asyncio.sleep(1.5)
    assert [name for name, _ in ran] == ["second"]


async def test_a_key_is_free_again_once_its_job_runs(jobs: Jobs, db: Database) -> None:
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "a", "seconds": 0.5}, dedupe_key="queue")
    await _until(lambda: ran)
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "b"}, dedupe_key="queue")
    await _until(lambda: len(ran) == 2)
    await asyncio.sleep(0.7)
    assert [name for name, _ in ran] == ["a", "b"]
    assert await _left(db) == 0


async def test_a_cancelled_job_does_not_run_and_a_running_one_leaves_nothing(jobs: Jobs, db: Database) -> None:
    later = datetime.now(UTC) + timedelta(seconds=0.6)
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "waiting"}, run_at=later, dedupe_key="w")
        await jobs.enqueue(tx, "trial.note", {"for": "running", "seconds": 0.4}, dedupe_key="r")
    await _until(lambda: ran)
    async with db.transaction() as tx:
        assert await jobs.cancel(tx, "w")
        assert await jobs.cancel(tx, "r")
        assert not await jobs.cancel(tx, "nobody")
    await asyncio.sleep(1.0)
    assert [name for name, _ in ran] == ["running"]
    assert await _left(db) == 0


@job("trial.ends_itself")
async def ends_itself(house: Any, tx: Transaction, payload: dict[str, Any]) -> None:
    await tx.execute("insert into kit.stream (stream) values ('trial:done')")
    await house.jobs.cancel(tx, "offer:7")
    ran.append(("ends itself", time.monotonic()))


async def test_a_job_that_cancels_its_own_key_is_done(jobs: Jobs, db: Database) -> None:
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.ends_itself", {}, dedupe_key="offer:7")
    await _until(lambda: ran)
    await asyncio.sleep(0.2)
    assert await _left(db) == 0
    assert await db.fetchval("select count(*) from kit.stream where stream = 'trial:done'") == 1


async def test_a_failing_job_is_tried_again_and_then_put_aside_without_personal_data(jobs: Jobs, db: Database) -> None:
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "trial.note", {"for": "recovers", "fails": 1})
        await jobs.enqueue(tx, "trial.note", {"for": "never", "fails": 99})
    await _until(lambda: len(ran) == 5, 20)
    await asyncio.sleep(0.3)
    dead = await jobs.dead()
    assert [(row["name"], row["starts"]) for row in dead] == [("trial.note", 3)]
    assert "RuntimeError at jobs/tests" in dead[0]["last_error"] or "RuntimeError at tests/" in dead[0]["last_error"]
    assert "Giulia" not in dead[0]["last_error"]
    assert await _left(db) == 1
    async with db.transaction() as tx:
        assert await jobs.revive(tx, dead[0]["id"])
    await _until(lambda: len(ran) == 6)


async def test_two_workers_never_run_one_job_twice(jobs: Jobs, db: Database) -> None:
    other = Jobs(db)
    house: Any = SimpleNamespace(clock=SystemClock(), jobs=other, db=db)
    await other.start(house)
    try:
        async with db.transaction() as tx:
            for n in range(60):
                await jobs.enqueue(tx, "trial.note", {"for": n})
        await _until(lambda: len(ran) >= 60)
        await asyncio.sleep(0.3)
    finally:
        await other.stop()
    assert sorted(name for name, _ in ran) == list(range(60))


async def test_time_can_be_turned_by_hand(db: Database) -> None:
    clock = FixedClock(datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
    by_hand = Jobs(db)
    by_hand._house = SimpleNamespace(clock=clock)  # type: ignore[assignment]
    by_hand._clock = clock
    async with db.transaction() as tx:
        await by_hand.enqueue(tx, "trial.note", {"for": "DST"}, run_at=clock.now() + timedelta(hours=1))
    assert await by_hand.run_due() == 0
    clock.advance(timedelta(hours=1))
    assert await by_hand.run_due() == 1


_DEADLY = textwrap.dedent(
    """
    import asyncio, os, sys
    from types import SimpleNamespace
    from sportello.kit.clock import SystemClock
    from sportello.kit.database import Database
    from sportello.kit.jobs import Jobs, job, worker
    worker.LEASE = 1.0

    @job("trial.deadly", starts=3)
    async def deadly(house, tx, payload):
        print("started", flush=True)
        if payload["kills"]:
            os.kill(os.getpid(), 9)
        await tx.execute("create table if not exists public.deadly_done (n int)")
        print("done", flush=True)

    async def main():
        db = Database(sys.argv[1]); await db.open()
        jobs = Jobs(db)
        await jobs.start(SimpleNamespace(clock=SystemClock(), db=db, jobs=jobs))
        await asyncio.sleep(30)
    asyncio.run(main())
    """
)


def _worker(dsn: str) -> "subprocess.Popen[str]":
    source = Path(working.__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", _DEADLY, dsn],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(source)},
    )  # fmt: skip


@pytest.mark.parametrize("kills", [True, False])
async def test_a_job_whose_worker_is_killed_is_taken_again_but_not_for_ever(
    db: Database, dsn: str, kills: bool
) -> None:
    @job("trial.deadly", starts=3)
    async def deadly(house: Any, tx: Transaction, payload: dict[str, Any]) -> None:
        raise AssertionError("runs only in the other processes")

    async with db.transaction() as tx:
        await Jobs(db).enqueue(tx, "trial.deadly", {"kills": True})
    starts = 0
    for turn in range(5):
        if turn == 1 and not kills:
            await db.execute("update kit.job set payload = '{\"kills\": false}'::jsonb")
        process = _worker(dsn)
        try:
            await asyncio.to_thread(process.wait, 6)
            assert process.returncode == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            process.kill()
        said = (process.stdout.read() if process.stdout else "").split()
        starts += said.count("started")
        if "done" in said:
            break
        if await db.fetchval("select count(*) from kit.job where state = 'dead'"):
            break
    if kills:
        assert starts == 3
        assert (await Jobs(db).dead())[0]["last_error"] == "its worker ended without a word"
    else:
        assert starts == 2
        assert await _left(db) == 0
