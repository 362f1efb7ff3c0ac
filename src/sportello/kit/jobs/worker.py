"""Runs jobs: takes what is due, keeps its lease alive, finishes or puts off, never for ever."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from sportello.kit.clock import Clock, SystemClock
from sportello.kit.database import Database, Transaction
from sportello.kit.ids import uuid7
from sportello.kit.jobs import store
from sportello.kit.jobs.registry import known
from sportello.kit.jobs.store import Taken
from sportello.kit.tasks import Tasks, woken
from sportello.kit.traces import where

if TYPE_CHECKING:
    from sportello.kit.house import House

log = structlog.get_logger("jobs")

POLL = 0.25  # seconds between looks at the table; what this process enqueues for now wakes it at once
LEASE = 9.0  # seconds after which a silent worker's job is given to another
AT_ONCE = 4
_RAN = Counter("sportello_jobs", "Jobs by outcome", ["outcome"])


class Taken_Away(Exception):  # noqa: N801  reads as what happened
    """The job was cancelled, or given to another worker, while it ran: its work must not stay."""


class Run:
    """A job under way in this process, and the transaction of its work."""

    __slots__ = ("done", "job", "tx")

    def __init__(self, job: Taken) -> None:
        self.job = job
        self.tx: Transaction | None = None
        self.done = False


class Jobs:
    """Promises and keeps them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._clock: Clock = SystemClock()
        self._house: House | None = None
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self._free = asyncio.Semaphore(AT_ONCE)
        self._busy = 0  # jobs that are being looked for, or run, by its own hands
        self._held: dict[UUID, Run] = {}

    async def enqueue(
        self,
        tx: Transaction,
        name: str,
        payload: dict[str, Any],
        *,
        run_at: datetime | None = None,
        dedupe_key: str | None = None,
    ) -> None:
        """Promises a job with the transaction: rolled back, it was never promised.

        `run_at` is kept to within a second. A waiting job of the same `dedupe_key` is replaced; one that already runs
        is not, so that nothing that became known after its start is missed.
        """
        if name not in known:
            raise ValueError(f"no job is named {name}")
        now = self._clock.now()
        await store.put(tx, uuid7(), name, payload, run_at or now, dedupe_key)
        if run_at is None or run_at <= now:
            tx.after_commit(self._wake.set)

    async def enqueue_all(
        self, tx: Transaction, name: str, promises: Sequence[tuple[dict[str, Any], datetime, str]]
    ) -> None:
        """Promises many jobs of one name in one statement: payload, time and key of each; the keys are new."""
        if name not in known:
            raise ValueError(f"no job is named {name}")
        await store.put_all(tx, name, [(uuid7(), *promise) for promise in promises])

    async def cancel(self, tx: Transaction, dedupe_key: str) -> bool:
        """Takes back a promise; True when there was one. Work under way for it is rolled back at its end.

        A job may cancel its own key, as the code that it shares with a person's door does: it is then done.
        """
        cancelled = await store.cancel(tx, dedupe_key)
        for job_id in cancelled:
            if (run := self._held.get(job_id)) and run.tx is tx:
                run.done = True
        return bool(cancelled)

    async def dead(self, limit: int = 100) -> list[Any]:
        """Jobs that were started too often: id, name, starts, last_error, created_at, died_at."""
        return await store.dead(self._db, limit)

    async def revive(self, tx: Transaction, job_id: UUID) -> bool:
        """Gives a dead job its starts back."""
        tx.after_commit(self._wake.set)
        return await store.revive(tx, job_id, self._clock.now())

    async def run_due(self) -> int:
        """Runs, one after the other, all that is due by the house's clock, also what they enqueue; for tests.

        What the worker had taken by itself is waited for, five seconds at the most.
        """
        ran, patience = 0, 250
        while (jobs := await store.take(self._db, known, self._clock.now(), uuid7(), LEASE, 1)) or self._busy:
            for job in jobs:
                await self._run(job)
                ran += 1
            if not jobs:
                if not (patience := patience - 1):
                    break
                await asyncio.sleep(0.02)
        return ran

    async def start(self, house: "House") -> None:
        self._house, self._clock = house, house.clock
        self._tasks.start(self._look(), name="jobs")
        self._tasks.start(self._keep_leases(), name="job leases")

    async def stop(self) -> None:
        """Work under way is cancelled and rolled back; another worker, or the next start, takes it again."""
        await self._tasks.stop()

    async def _look(self) -> None:
        while True:
            self._wake.clear()
            try:
                took = await self._take()
            except Exception as error:
                log.warning("jobs cannot be read", error=type(error).__name__)
                took = 0
                await asyncio.sleep(0.5)
            if not took:
                await woken(self._wake, POLL * random.uniform(0.8, 1.2))

    async def _take(self) -> int:
        """Takes one job as soon as a hand is free, so that none waits in a hand for another."""
        await self._free.acquire()
        self._busy += 1
        job = None
        try:
            jobs = await store.take(self._db, known, self._clock.now(), uuid7(), LEASE, 1)
            job = jobs[0] if jobs else None
        finally:
            if job is None:
                self._put_down()
        if job is None:
            return 0
        task = self._tasks.start(self._run(job), name=f"job {job.name}")
        task.add_done_callback(lambda _: self._put_down())
        return 1

    def _put_down(self) -> None:
        self._busy -= 1
        self._free.release()

    async def _run(self, job: Taken) -> None:
        work = known[job.name]
        now = self._clock.now()
        if job.starts > work.starts:
            _RAN.labels("dead").inc()
            await store.put_aside(self._db, job, "its worker ended without a word", now)
            return
        run = self._held[job.id] = Run(job)
        try:
            assert self._house is not None
            if work.errand:
                await work.errand(self._house, job.payload)
            async with self._db.transaction() as tx:
                run.tx = tx
                if work.handler:
                    await work.handler(self._house, tx, job.payload)
                if not run.done and not await store.finish(tx, job):
                    raise Taken_Away
            _RAN.labels("done").inc()
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._release(job))
            raise
        except Taken_Away:
            _RAN.labels("taken away").inc()
        except Exception as error:
            await self._failed(job, work.starts, error)
        finally:
            self._held.pop(job.id, None)

    async def _release(self, job: Taken) -> None:
        """At shutdown: the job may be taken again at once."""
        async with self._db.transaction() as tx:
            await store.put_off(tx, job, self._clock.now(), "the server was stopped", started=False)

    async def _failed(self, job: Taken, most: int, error: Exception) -> None:
        why = where(error)
        log.warning("a job failed", job=job.name, id=str(job.id), starts=job.starts, error=why)
        now = self._clock.now()
        if job.starts >= most:
            _RAN.labels("dead").inc()
            await store.put_aside(self._db, job, why, now)
            return
        _RAN.labels("failed").inc()
        pause = min(600.0, 2.0 ** (job.starts - 1)) * random.uniform(0.8, 1.2)
        async with self._db.transaction() as tx:
            await store.put_off(tx, job, now + timedelta(seconds=pause), why)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            if self._held:
                try:
                    await store.extend(self._db, [run.job for run in self._held.values()], LEASE)
                except Exception as error:
                    log.warning("leases cannot be kept", error=type(error).__name__)
