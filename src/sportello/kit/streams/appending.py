"""Events written by a transaction: queued while it works, written last and in one order, told after its commit."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from sportello.kit.database import Transaction
from sportello.kit.streams import store
from sportello.kit.streams.shapes import Event, StreamClosed
from sportello.kit.streams.store import Row

if TYPE_CHECKING:
    from sportello.kit.streams.front import Streams


class Appends:
    """What one transaction adds to streams; registered under one key as the transaction's hook."""

    def __init__(self, streams: "Streams") -> None:
        self._streams = streams
        self.rows: list[Row] = []
        self.fences: Counter[str] = Counter()
        self.closes: set[str] = set()
        self.opens: set[str] = set()

    async def __call__(self, tx: Transaction) -> None:
        at = self._streams.clock.now()
        once = {(row.stream, row.client_id or number): row for number, row in enumerate(self.rows)}
        rows = sorted(once.values(), key=lambda row: row.stream)
        touched = {row.stream for row in rows} | set(self.fences) | self.closes | self.opens
        heads = await store.lock_heads(tx, {stream: self.fences[stream] for stream in touched})
        if again := {stream for stream in self.opens if heads[stream]["closed_at"]}:
            await store.open_again(tx, again)
        closed = next((r.stream for r in rows if heads[r.stream]["closed_at"] and r.stream not in self.opens), None)
        if closed:
            raise StreamClosed(closed)
        events = await self._write(tx, rows, at) if rows else []
        if self.closes:
            await store.close(tx, self.closes, at)
        moved = {stream: int(heads[stream]["fence"]) for stream in self.fences if self.fences[stream]}
        tx.after_commit(lambda: self._streams.told(events, moved))

    async def _write(self, tx: Transaction, rows: list[Row], at: Any) -> list[Event]:
        numbers = await tx.fetch(store.WRITE, *store.columns(rows, at))
        return [
            Event(row.stream, seq, row.kind, row.sender, row.audience, at, row.client_id, row.json)
            for place, seq, duplicate in sorted(map(tuple, numbers))
            for row in [rows[place]]
            if not duplicate
        ]
