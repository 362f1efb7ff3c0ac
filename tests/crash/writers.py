"""Patients who write without pause, keep what is not acknowledged, and send it again wherever the server comes back."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

from tests.live.sockets import Frame, Player


class Writer:
    """One patient; `acked` holds the number the server gave to each of its messages."""

    def __init__(self, name: str, stream: str, token: str, where: Callable[[], str]) -> None:
        self.name, self.stream, self._token, self._where = name, stream, token, where
        self.acked: dict[str, int] = {}
        self.order: list[str] = []
        self._waiting: dict[str, int] = {}
        self._room = asyncio.Event()
        self.stopping = False
        self.conflicts: list[str] = []
        self.pauses = 0.0

    async def run(self) -> None:
        """Writes until told to stop, then until everything is acknowledged."""
        while not (self.stopping and not self._waiting):
            try:
                await self._session()
            except (OSError, TimeoutError):
                await asyncio.sleep(0.05)

    async def _session(self) -> None:
        player = await Player(self._hear, self.name).open(self._where(), token=self._token)
        try:
            for client_id, number in list(self._waiting.items()):
                self._send(player, client_id, number)
            while not player.lost.is_set() and not (self.stopping and not self._waiting):
                if not self.stopping and len(self._waiting) < 5:
                    client_id = str(uuid4())
                    self._waiting[client_id] = len(self.order)
                    self.order.append(client_id)
                    self._send(player, client_id, self._waiting[client_id])
                    await asyncio.sleep(0.002)
                else:
                    self._room.clear()
                    began = time.monotonic()
                    waits = [asyncio.create_task(self._room.wait()), asyncio.create_task(player.lost.wait())]
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=15)
                    for wait in waits:
                        wait.cancel()
                    if time.monotonic() - began > 14:
                        return  # a browser too gives up a line that is silent for so long
        finally:
            player.close()

    def _send(self, player: Player, client_id: str, number: int) -> None:
        player.say({"t": "post", "s": self.stream, "id": client_id, "k": "message", "b": {"text": f"{number}"}})

    def _hear(self, player: Player, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.t == "ack" and frame.id:
                if self.acked.setdefault(frame.id, frame.n) != frame.n:
                    self.conflicts.append(frame.id)
                self._waiting.pop(frame.id, None)
                self._room.set()
            elif frame.t == "no" and frame.id:
                assert frame.code == "later", frame
                if frame.id in self._waiting:
                    self._send(player, frame.id, self._waiting[frame.id])
