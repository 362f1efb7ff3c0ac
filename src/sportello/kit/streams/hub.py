"""The hub of one process: which sockets follow which streams, and what they have been told.

A channel knows the last number it told; the next number is pushed, a later one means that others wrote in between,
so the channel reads onwards from its number. What is behind is read together, for all channels in one statement.
"""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

import structlog

from sportello.kit.streams import figures, frames, store
from sportello.kit.streams.shapes import Event, Grant

if TYPE_CHECKING:
    from sportello.kit.database import Database

log = structlog.get_logger("streams")

PAGE = 200
_AT_ONCE = 100  # channels in one read


class Socket(Protocol):
    """Where frames go; never blocks."""

    def push(self, frame: str) -> None: ...
    def half_full(self) -> bool: ...
    async def drained(self) -> None: ...
    def recheck(self, stream: str) -> None: ...


class Follower:
    """A socket's place in a stream: what it may see, and up to where it was told."""

    __slots__ = ("cursor", "grant", "live", "socket", "staff", "stream")

    def __init__(self, socket: Socket, stream: str, after: int, grant: Grant) -> None:
        self.socket = socket
        self.stream = stream
        self.cursor = after
        self.grant = grant
        self.staff = grant.audience == "staff"
        self.live = False

    def regrant(self, grant: Grant) -> None:
        self.grant = grant
        self.staff = grant.audience == "staff"

    def tell(self, event: Event, frame: str) -> None:
        """Pushes what is new and meant for this listener; what is not meant for it only moves the cursor."""
        if event.seq > self.cursor:
            self.cursor = event.seq
            if self.staff or event.audience == "all":
                self.socket.push(frame)


class Channel:
    """One followed stream in this process."""

    __slots__ = ("fence", "followers", "head", "heard", "stream")

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.followers: set[Follower] = set()
        self.head = -1  # the last number told; -1 until somebody has caught up
        self.heard = 0  # the highest number known to exist
        self.fence = -1  # the fence of the first grant, then as of the last sweep; -1 when unknown


class Hub:
    """All channels, and the one reader that brings them up to date."""

    def __init__(self, db: "Database") -> None:
        self._db = db
        self.channels: dict[str, Channel] = {}
        self._behind: dict[str, Channel] = {}
        self._wake = asyncio.Event()

    def join(self, follower: Follower) -> Channel:
        """Makes the follower known; it hears nothing yet but its channel begins to listen."""
        channel = self.channels.get(follower.stream)
        if channel is None:
            channel = self.channels[follower.stream] = Channel(follower.stream)
        if channel.fence < 0 and follower.grant.fence is not None:
            channel.fence = follower.grant.fence
        channel.followers.add(follower)
        return channel

    def leave(self, follower: Follower) -> None:
        follower.live = False
        channel = self.channels.get(follower.stream)
        if channel is not None:
            channel.followers.discard(follower)
            if not channel.followers:
                del self.channels[follower.stream]

    async def catch_up(self, follower: Follower) -> bool:
        """Tells the follower all it missed, no faster than its socket takes it, and makes it live.

        False when its number is not of this stream's past: a backup was restored, or old events were removed.
        """
        channel, idle = self.join(follower), 0
        if follower.cursor and not await store.exists(self._db, follower.stream, follower.cursor):
            self.leave(follower)
            return False
        while follower in channel.followers:
            events = await store.since(self._db, follower.stream, follower.cursor, PAGE)
            for event in events:
                if follower.socket.half_full():
                    await follower.socket.drained()
                    if follower not in channel.followers:
                        return True
                follower.tell(event, frames.event(event))
            if len(events) == PAGE:
                continue
            # A number heard of but not found twice running is a false alarm of the bus.
            idle = idle + 1 if not events else 0
            if follower.cursor < max(channel.head, channel.heard) and idle < 2:
                continue
            if channel.head < 0:
                channel.head = follower.cursor
            channel.heard = max(channel.head, follower.cursor)
            follower.live = True
            return True
        return True

    def committed(self, events: Iterable[Event]) -> None:
        """New events in the order of their numbers, from this process's own commits."""
        channels = self.channels
        for event in events:
            if channel := channels.get(event.stream):
                self._offer(channel, event)

    def _offer(self, channel: Channel, event: Event) -> None:
        seq = event.seq
        if seq > channel.heard:
            channel.heard = seq
        if seq == channel.head + 1:
            channel.head = seq
            frame = frames.event(event)
            for follower in tuple(channel.followers):  # a socket that overflows leaves meanwhile
                if follower.live:
                    follower.tell(event, frame)
        elif seq > channel.head >= 0:
            self._read_on(channel)

    def hinted(self, stream: str, seq: int) -> None:
        """Another process says that `seq` exists."""
        channel = self.channels.get(stream)
        if channel is not None and seq > channel.heard:
            channel.heard = seq
            if channel.head >= 0:
                self._read_on(channel)

    def pass_on(self, stream: str, frame: str) -> None:
        """A passing frame (typing, a hint) to everybody who follows."""
        if channel := self.channels.get(stream):
            for follower in tuple(channel.followers):
                if follower.live:
                    follower.socket.push(frame)

    def fenced(self, stream: str) -> None:
        """Rights may have changed: every follower is authorised anew."""
        if channel := self.channels.get(stream):
            for follower in list(channel.followers):
                follower.socket.recheck(stream)

    def _read_on(self, channel: Channel) -> None:
        self._behind[channel.stream] = channel
        self._wake.set()

    async def run(self) -> None:
        """Reads what channels are behind of; reads that are wanted meanwhile form the next statement."""
        while True:
            if not self._behind:
                self._wake.clear()
                await self._wake.wait()
            names = list(self._behind)[:_AT_ONCE]
            channels = [self._behind.pop(name) for name in names]
            try:
                await self._read([c for c in channels if c.followers and c.head >= 0])
            except Exception as error:
                log.warning("reading onwards failed", error=type(error).__name__)
                for channel in channels:
                    self._read_on(channel)
                await asyncio.sleep(0.5)

    async def _read(self, channels: list[Channel]) -> None:
        if not channels:
            return
        figures.REREADS.inc(len(channels))
        cursors = {channel.stream: channel.head for channel in channels}
        events = await store.since_each(self._db, cursors, PAGE)
        self.committed(events)
        seen: dict[str, int] = {}
        for event in events:
            seen[event.stream] = seen.get(event.stream, 0) + 1
        for channel in channels:
            if seen.get(channel.stream, 0) >= PAGE:
                self._read_on(channel)
            elif channel.heard > channel.head and channel.stream not in seen:
                channel.heard = channel.head  # a false alarm, or not visible yet: the sweep will tell

    async def sweep(self) -> None:
        """Compares every followed stream with its head: what a lost hint left out is found here."""
        names = [name for name, channel in self.channels.items() if channel.head >= 0]
        for start in range(0, len(names), 1000):
            found = await store.heads(self._db, names[start : start + 1000])
            for stream, head in found.items():
                self.hinted(stream, head["last_seq"])
                channel = self.channels.get(stream)
                if channel is None:
                    continue
                if head["last_seq"] > channel.head >= 0:
                    self._read_on(channel)
                if channel.fence >= 0 and channel.fence != head["fence"]:
                    self.fenced(stream)
                channel.fence = head["fence"]
