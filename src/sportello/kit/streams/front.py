"""Streams as rooms see them: append within a transaction, post by itself, read on, follow, react."""

import asyncio
import random
import re
import time
from collections.abc import Coroutine, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import msgspec
import structlog

from sportello.kit.clock import Clock, SystemClock
from sportello.kit.database import Database, Transaction
from sportello.kit.streams import figures, frames, store
from sportello.kit.streams.appending import Appends
from sportello.kit.streams.bus import Bus, NoBus
from sportello.kit.streams.hub import Hub
from sportello.kit.streams.shapes import Audience, Authenticator, Event, Gate, Posted, Reaction
from sportello.kit.streams.store import Row
from sportello.kit.streams.writer import Writer
from sportello.kit.tasks import Tasks
from sportello.kit.traces import where

if TYPE_CHECKING:
    from sportello.kit.house import House
    from sportello.kit.streams.socket import LineSocket

log = structlog.get_logger("streams")

RECHECK = 60.0  # seconds after which a listener is authenticated anew
SWEEP_SHARED, SWEEP_ALONE = 3.0, 15.0  # seconds between comparisons of followed streams with their heads
_STREAM = re.compile(r"[a-z][a-z-]{0,31}(:[0-9A-Za-z-]{1,64})?")
_KIND = re.compile(r"[a-z][a-z-]{0,39}")
_LONGEST = 97
_json = msgspec.json.Encoder().encode


def _is_stream(name: str) -> bool:
    return len(name) <= _LONGEST and _matches(_STREAM, name)


def _is_kind(name: str) -> bool:
    return len(name) <= _LONGEST and _matches(_KIND, name)


@lru_cache(8192)
def _matches(pattern: re.Pattern[str], name: str) -> bool:
    return bool(pattern.fullmatch(name))


class Streams:
    """The one mechanism for everything live (see docs/streams.md)."""

    def __init__(self, db: Database, bus: Bus | None = None) -> None:
        self.db = db
        self.bus: Bus = bus or NoBus()
        self.clock: Clock = SystemClock()
        self.hub = Hub(db)
        self.sockets: set[LineSocket] = set()
        self.authenticators: list[Authenticator] = []
        self.ending = False
        self._gates: dict[str, Gate] = {}
        self._reactions: list[tuple[str, Reaction]] = []
        self._tasks = Tasks()
        self._house: House | None = None
        self._writer: Writer | None = None
        self._writing: asyncio.Task[Any] | None = None

    # What rooms register when they are installed

    def gate(self, prefix: str, gate: Gate) -> None:
        """Who may follow and post on the streams `prefix:...` (or the one stream `prefix`)."""
        self._gates[prefix] = gate

    def followed(self, prefix: str) -> list[str]:
        """The streams of a prefix that somebody in this process follows right now: whose lines live."""
        return [name for name in self.hub.channels if name.startswith(prefix)]

    def gate_of(self, stream: str) -> Gate | None:
        return self._gates.get(stream.partition(":")[0]) if _is_stream(stream) else None

    def authenticator(self, call: Authenticator) -> None:
        """`call(house, connection or token)` makes a Listener, or None when it does not know this one."""
        self.authenticators.append(call)

    def react(self, prefix: str, handler: Reaction) -> None:
        """`handler(house, events)` runs after a commit of this process; best effort, so its room also sweeps."""
        self._reactions.append((f"{prefix.removesuffix(':')}:", handler))

    def carry(self, bus: Bus) -> None:
        """Wires the bus; before `start`."""
        self.bus = bus

    # Writing

    async def append(
        self,
        tx: Transaction,
        stream: str,
        kind: str,
        body: Mapping[str, Any] | msgspec.Struct,
        *,
        sender: str = "system",
        audience: Audience = "all",
        client_id: UUID | None = None,
    ) -> None:
        """Adds an event with the transaction; it gets its number just before the commit.

        A closed stream makes the whole transaction fail with `StreamClosed`.
        """
        self._appends(tx).rows.append(self._row(stream, kind, body, sender, audience, client_id))

    def close(self, tx: Transaction, stream: str) -> None:
        """After this transaction, with the events it adds itself, the stream takes nothing more."""
        self._appends(tx).closes.add(stream)

    def reopen(self, tx: Transaction, stream: str) -> None:
        """With this transaction a closed stream takes events again, also those that it adds itself."""
        self._appends(tx).opens.add(stream)

    def fence(self, tx: Transaction, stream: str) -> None:
        """After this transaction grants given before are stale: posts with them ask their gate again."""
        self._appends(tx).fences[stream] += 1

    async def post(
        self,
        stream: str,
        kind: str,
        body: Mapping[str, Any] | msgspec.Struct,
        *,
        sender: str,
        client_id: UUID,
        audience: Audience = "all",
        fence: int | None = None,
    ) -> Posted:
        """Adds one event by itself, in a commit shared with others; returns when it is durable.

        The same `client_id` again answers the first number. Raises StreamClosed, FenceMoved (ask the gate again),
        Refused (never as it is) or TryLater (send the same client id again).
        """
        assert self._writer is not None, "streams are not started"
        return await self._writer.post(self._row(stream, kind, body, sender, audience, client_id, fence))

    def _row(
        self,
        stream: str,
        kind: str,
        body: Any,
        sender: str,
        audience: str,
        client_id: UUID | None,
        fence: int | None = None,
    ) -> Row:
        if not _is_stream(stream) or not _is_kind(kind):
            raise ValueError("not the name of a stream or of a kind")
        return Row(stream, kind, sender, audience, client_id, _json(body).decode(), fence)

    def _appends(self, tx: Transaction) -> Appends:
        return cast(Appends, tx.before_commit(self, Appends(self)))

    # Reading

    async def since(self, stream: str, after: int, limit: int = 500, audience: Audience = "staff") -> list[Event]:
        """At most `limit` events numbered above `after`; with audience `all`, without those for staff only."""
        return await store.since(self.db, stream, after, limit, audience)

    async def head(self, stream: str) -> int:
        """The stream's last number; 0 when it has none. A page that shows a stream carries this as its cursor."""
        found = await store.heads(self.db, [stream])
        return int(found[stream]["last_seq"]) if stream in found else 0

    async def fence_of(self, reader: store.Reader, stream: str) -> int:
        """The stream's fence, for a gate that makes a Grant; read it before the state that it guards."""
        found = await store.heads(reader, [stream])
        return int(found[stream]["fence"]) if stream in found else 0

    def broadcast(self, stream: str, frame: dict[str, Any]) -> None:
        """A passing frame to all who follow, in every process; never stored, may be lost."""
        text = frames.passing({"s": stream, **frame})
        self.hub.pass_on(stream, text)
        if self.bus.carries:
            self.bus.publish(_json({"s": stream, "f": text}))

    # What happens after a commit

    def told(self, events: list[Event], fences: Mapping[str, int]) -> None:
        """Committed by this process: to local followers, to reactions, and as hints to the other processes."""
        self.hub.committed(events)
        for stream in fences:
            self.hub.fenced(stream)
        if self.bus.carries:
            last = {event.stream: event.seq for event in events}
            self.bus.publish(_json({"e": last, "x": list(fences)}))
            figures.HINTS.labels("out").inc()
        for prefix, handler in self._reactions:
            if meant := [event for event in events if event.stream.startswith(prefix)]:
                self._tasks.start(self._react(handler, meant), name="reaction")

    async def _react(self, handler: Reaction, events: list[Event]) -> None:
        assert self._house is not None
        try:
            await handler(self._house, events)
        except Exception as error:
            log.error("a reaction failed", error=where(error))

    def _heard(self, message: bytes) -> None:
        """A hint of another process; whatever is wrong with it costs nothing but the hint."""
        figures.HINTS.labels("in").inc()
        try:
            hint = msgspec.json.decode(message)
            for stream, seq in hint.get("e", {}).items():
                self.hub.hinted(stream, int(seq))
            for stream in hint.get("x", ()):
                self.hub.fenced(stream)
            if text := hint.get("f"):
                self.hub.pass_on(hint["s"], text)
        except (msgspec.DecodeError, AttributeError, KeyError, TypeError, ValueError):
            log.warning("an unreadable hint")

    # Life

    async def start(self, house: "House") -> None:
        self._house, self.clock, self.ending = house, house.clock, False
        self._writer = Writer(self.db.connect, self.clock, lambda events: self.told(events, {}))
        self._writing = self._tasks.start(self._writer.run(), name="writer")
        self._tasks.start(self.hub.run(), name="hub")
        self._tasks.start(self._sweep(), name="sweep")
        self._tasks.start(self._recheck(), name="recheck")
        await self.bus.start(str(await store.installation(self.db)), self._heard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep((SWEEP_SHARED if self.bus.carries else SWEEP_ALONE) * random.uniform(0.8, 1.2))
            try:
                await self.hub.sweep()
            except Exception as error:
                log.warning("sweep failed", error=type(error).__name__)

    async def _recheck(self) -> None:
        """A few at a time: after a restart thousands have come in the same second."""
        while True:
            await asyncio.sleep(1)
            due = time.monotonic() - RECHECK
            late = [socket for socket in self.sockets if socket.checked < due]
            for socket in late[: 10 + len(self.sockets) // 20]:
                try:
                    await socket.check()
                except Exception as error:
                    log.warning("a listener could not be checked", error=type(error).__name__)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """A task of a socket."""
        self._tasks.start(work)

    async def hang_up(self) -> None:
        """Says goodbye to every socket and closes it, so that the server can stop; new ones are refused."""
        self.ending = True
        for socket in list(self.sockets):
            socket.end("restart", 1012)
        for _ in range(50):
            if not self.sockets:
                break
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Writes what still waits (at most a second), then ends."""
        await self.hang_up()
        if self._writer and self._writing:
            self._writer.stop()
            await asyncio.wait({self._writing}, timeout=1.5)
        await self.bus.stop()
        await self._tasks.stop()
