"""What flows through conversations, told to their rows once a second instead of once a message.

The stream is the truth; the row's last instants and unread figure follow it within a second, and `recount` sets them right
after a crash.
"""

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from sportello.conversations import store
from sportello.kit.house import House
from sportello.kit.streams import Event

log = structlog.get_logger("conversations")
EVERY = 0.5  # seconds
_KINDS = {"message", "note"}


class Pulse:
    """What this process committed since the last telling."""

    __slots__ = ("activity", "answer_at", "patient_at", "patient_seq", "unread")

    def __init__(self, at: datetime) -> None:
        self.activity = at
        self.patient_at: datetime | None = None
        self.patient_seq = 0
        self.answer_at: datetime | None = None
        self.unread = 0


class Activity:
    """Collects committed messages and writes their sums."""

    def __init__(self) -> None:
        self._pulses: dict[UUID, Pulse] = {}

    async def heard(self, _house: House, events: list[Event]) -> None:
        """A reaction of the streams: only counts, for it runs for every message."""
        for event in events:
            if event.kind not in _KINDS:
                continue
            conversation = UUID(event.stream[13:])
            pulse = self._pulses.get(conversation)
            if pulse is None:
                pulse = self._pulses[conversation] = Pulse(event.at)
            pulse.activity = event.at
            if event.sender == "patient":
                pulse.patient_at, pulse.patient_seq = event.at, event.seq
                pulse.unread += 1
            elif event.kind == "message" and event.sender.startswith("agent:"):
                pulse.answer_at, pulse.unread = event.at, 0

    async def tell(self, house: House) -> None:
        """Writes what was collected; what cannot be written is collected again."""
        if not self._pulses:
            return
        pulses, self._pulses = self._pulses, {}
        rows = [
            (key, p.activity, p.patient_at, p.patient_seq, p.answer_at, p.unread) for key, p in sorted(pulses.items())
        ]
        try:
            await store.add_activity(house.db, rows)
        except Exception:
            self._pulses = pulses | self._pulses
            raise
        owners = await store.owners(house.db, [key for key, p in pulses.items() if p.patient_at])
        for conversation, agent in owners.items():
            house.streams.broadcast(f"desk:{agent}", {"t": "hint", "k": "unread", "conversation": str(conversation)})
        house.streams.broadcast("board", {"t": "hint"})

    async def run(self, house: House) -> None:
        """Tells every half second, for as long as the process lives."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.tell(house)
            except Exception as error:
                log.warning("activity not written, will be tried again", error=type(error).__name__)
