"""Carries hints over NATS core: at most once, no persistence, no acknowledgement, exactly what the port asks."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

log = structlog.get_logger("nats")

_MOST_WAITING = 10_000
_FIRST_CONNECTION = 5.0  # seconds; a server that is not there yet is waited for in the background


class NatsBus:
    """A connection that comes back by itself; while it is away the streams' own sweep finds what was missed."""

    carries = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = Client()
        self._subject = ""
        self._outbox: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, installation: str, heard: Callable[[bytes], None]) -> None:
        self._subject = f"sportello.{installation}.hints"
        self._tasks = [asyncio.create_task(self._connect(heard)), asyncio.create_task(self._send())]
        await asyncio.wait(self._tasks[:1], timeout=_FIRST_CONNECTION)

    async def _connect(self, heard: Callable[[bytes], None]) -> None:
        async def message(msg: Msg) -> None:
            heard(msg.data)

        while True:
            try:
                await self._client.connect(
                    self._url,
                    name="sportello",
                    no_echo=True,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    pending_size=4 * 1024 * 1024,
                    error_cb=_told,
                )
                await self._client.subscribe(self._subject, cb=message)
            except (OSError, TimeoutError, nats.errors.Error) as error:
                log.warning("the bus cannot be reached", error=type(error).__name__)
                self._client = Client()
                await asyncio.sleep(1)
            else:
                return

    def publish(self, message: bytes) -> None:
        """Best effort: of a bus that cannot keep up the oldest hints are let go; sweeps find their events."""
        self._outbox.append(message)
        self._wake.set()

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox:
                message = self._outbox.popleft()
                if self._client.is_connected:
                    with contextlib.suppress(OSError, nats.errors.Error):
                        await self._client.publish(self._subject, message)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._client.is_connected or self._client.is_reconnecting:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await self._client.close()


async def _told(error: Exception) -> None:
    log.warning("the bus reports", error=type(error).__name__)
