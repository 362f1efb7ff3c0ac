"""The queue of what a socket is to be told: bounded, joined when it is behind, sent by one pump."""

import asyncio
from collections.abc import Callable
from typing import Any

from sportello.kit.streams import frames

QUEUE_FRAMES, QUEUE_CHARS = 1_000, 1_000_000  # what a slow socket may be behind before it must read again
RUDE = 1008  # the close code for who asks and asks and never reads


class Outgoing:
    """Events may be dropped (their reader is told of the gap); answers never are."""

    __slots__ = ("_chars", "_close_code", "_drained", "_events", "_loop", "_overflowed", "_pumping", "_send", "_words")

    def __init__(self, send: Any, overflowed: Callable[[], None]) -> None:
        self._send = send
        self._overflowed = overflowed
        self._events: list[str] = []
        self._words: list[str] = []
        self._chars = 0
        self._loop = asyncio.get_running_loop()
        self._pumping: asyncio.Task[None] | None = None
        self._close_code = 0
        self._drained: asyncio.Event | None = None

    def push(self, frame: str) -> None:
        """Queues an event or a passing frame; one too many empties the queue."""
        self._events.append(frame)
        self._chars += len(frame)
        if len(self._events) > QUEUE_FRAMES or self._chars > QUEUE_CHARS:
            self._events.clear()
            self._chars = 0
            self._overflowed()
        if self._pumping is None:
            self._start()

    def say(self, frame: str) -> None:
        """Queues an answer."""
        self._words.append(frame)
        if len(self._words) > QUEUE_FRAMES:
            self._close_code = RUDE
        if self._pumping is None:
            self._start()

    def end(self, why: str, code: int) -> None:
        """Says goodbye, then closes with a WebSocket code."""
        if not self._close_code:
            self._close_code = code
            self.say(frames.bye(why))

    def half_full(self) -> bool:
        """Whether who reads old events for this socket should let it take breath."""
        return len(self._events) * 2 > QUEUE_FRAMES or self._chars * 2 > QUEUE_CHARS

    async def drained(self) -> None:
        """Returns when all that was queued has been handed to the network, or the peer has gone."""
        if self._events:
            self._drained = self._drained or asyncio.Event()
            await self._drained.wait()

    def _start(self) -> None:
        # Straight to the loop: this happens for every message, and nothing of the pump's end is of interest.
        self._pumping = self._loop.create_task(self._pump())

    async def _pump(self) -> None:
        send = self._send
        try:
            while self._events or self._words:
                queued = self._events
                if self._words:
                    queued += self._words
                    self._words = []
                self._events, self._chars = [], 0
                text = queued[0] if len(queued) == 1 else f"[{','.join(queued)}]"
                await send({"type": "websocket.send", "bytes": None, "text": text})
            if self._close_code:
                await send({"type": "websocket.close", "code": self._close_code, "reason": ""})
        except Exception:  # the peer has gone: who listens on the socket hears of it and leaves
            self._events.clear()
            self._words.clear()
        finally:
            self._pumping = None
            if self._drained:
                self._drained.set()
                self._drained = None
