"""Background work of one process: kept referenced, reported when it fails, cancelled at the end.

Never `asyncio.wait_for`: in Python 3.11 it swallows a cancellation that comes in the same turn of the loop as what it
waits for (python/cpython gh-86296, mended in 3.12), and work that runs for ever is then never ended.
`asyncio.timeout` has no such gap.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger("tasks")

_ROUND = 2.0  # seconds given to each cancellation
_ROUNDS = 5


async def woken(bell: asyncio.Event, seconds: float) -> bool:
    """Waits for the bell, at most so long; whether it rang."""
    try:
        async with asyncio.timeout(seconds):
            return await bell.wait()
    except TimeoutError:
        return False


class Tasks:
    """The process's running background tasks."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task failed", task=task.get_name(), error=type(error).__name__, exc_info=error)

    async def stop(self) -> None:
        """Cancels what still runs and waits for it; a library may overhear one cancellation, so it is repeated."""
        for _ in range(_ROUNDS):
            if not self._running:
                return
            for task in self._running:
                task.cancel()
            await asyncio.wait(self._running, timeout=_ROUND)
        for task in self._running:
            log.error("a task does not end", task=task.get_name())
