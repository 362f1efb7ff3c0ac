"""One open socket: what its client asks, what it follows, and the queue of what it is to be told."""

import contextlib
import time
from typing import Any

import msgspec
import structlog
from litestar import WebSocket

from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.streams import authority, figures, frames, posting
from sportello.kit.streams.hub import Follower
from sportello.kit.streams.meeting import SIGN_IN, TRY_LATER, Met, recognise
from sportello.kit.streams.outgoing import Outgoing
from sportello.kit.streams.shapes import Grant, TryLater
from sportello.kit.streams.store import UNREACHABLE
from sportello.kit.traces import where

log = structlog.get_logger("line")

MOST_FOLLOWED = 200
SIGNALS_PER_SECOND = 20

NOT_FOLLOWED = N_("You cannot follow this.")
TOO_MANY = N_("Too many conversations are open at once.")


class LineSocket:
    """The server's end of one browser tab's line."""

    __slots__ = (
        "_connection", "_followed", "_house", "_met", "_signals", "_streams", "_troubled", "checked", "drained", "end",
        "half_full", "listener", "push", "say",
    )  # fmt: skip

    def __init__(self, house: House, connection: WebSocket[Any, Any, Any], met: Met) -> None:
        self._house = house
        self._streams = house.streams
        self._connection = connection
        outgoing = Outgoing(connection.send, self._overflow)
        self.push, self.say, self.end = outgoing.push, outgoing.say, outgoing.end
        self.drained, self.half_full = outgoing.drained, outgoing.half_full
        self._followed: dict[str, Follower] = {}
        self._signals = (0, 0)
        self._troubled = False
        self._met = met
        self.listener = met.listener
        self.checked = time.monotonic()

    def _overflow(self) -> None:
        """The queue was emptied: all streams are left, their reader follows again from the last number it has."""
        figures.GAPS.inc()
        for stream in list(self._followed):
            self._leave(stream)
            self.say(frames.gap(stream))

    # What the client asks

    async def run(self) -> None:
        """From welcome to goodbye."""
        self._streams.sockets.add(self)
        figures.LINES.inc()
        try:
            if self._streams.ending:
                self.end("restart", 1012)
            receive = self._connection.receive
            while (message := await receive())["type"] == "websocket.receive":
                for asked in self._read(message.get("text") or ""):
                    if not self._troubled:
                        await self._answer(asked)
        finally:
            figures.LINES.dec()
            self._streams.sockets.discard(self)
            self._leave_all()

    async def check(self) -> None:
        """Whether the listener still is who it was: signed out ends the line, changed rights are asked anew."""
        self.checked = time.monotonic()
        found = await recognise(self._house, self._connection, self._met.token, by_cookie=self._met.by_cookie)
        if found is None or (found.kind, found.id) != (self.listener.kind, self.listener.id):
            self._leave_all()
            self.end("sign-in", SIGN_IN)
        elif found.permissions != self.listener.permissions:
            self.listener = msgspec.structs.replace(found, language=self.listener.language)
            for stream in list(self._followed):
                self.recheck(stream)

    def _read(self, text: str) -> list[frames.Asked]:
        if len(text) > frames.FRAME_BYTES:
            asked = frames.Asked("")
            with contextlib.suppress(msgspec.DecodeError):
                asked = frames.asked(text)
            self._no("too-long", posting.TOO_LONG, asked)
            return []
        try:
            return frames.asked_many(text) if text.startswith("[") else [frames.asked(text)]
        except msgspec.DecodeError:
            self._no("unreadable", posting.UNREADABLE, frames.Asked(""))
            return []

    def _no(self, code: str, text: str, asked: frames.Asked) -> None:
        self.say(frames.no(code, translate(self.listener.language, text), asked.s, asked.id))

    async def _answer(self, asked: frames.Asked) -> None:
        try:
            match asked.t:
                case "post":
                    await self._post(asked)
                case "ping":
                    self.say(frames.PONG)
                case "follow":
                    await self._follow(asked)
                case "leave":
                    self._leave(asked.s)
                case "typing" | "got" | "seen":
                    await self._signal(asked)
                case "hello":
                    pass
                case _:
                    self._no("unknown", posting.UNREADABLE, asked)
        except (TryLater, *UNREACHABLE):
            self._trouble()
        except Exception as error:
            log.error("a frame failed", frame=asked.t[:20], error=where(error))
            self._no("failed", posting.FAILED, asked)

    def _trouble(self) -> None:
        """Ends the socket: its client comes back, follows from where it was and sends what is unacknowledged.

        What it had sent already is not heard any more: taken now, it would overtake what was not taken.
        """
        figures.TROUBLES.inc()
        self._troubled = True
        self._leave_all()
        self.end("trouble", TRY_LATER)

    async def _post(self, asked: frames.Asked) -> None:
        follower = self._followed.get(asked.s)

        async def regrant() -> Grant | None:
            found = await authority.grant(self._house, self.listener, asked.s)
            if found and (follower := self._followed.get(asked.s)):
                follower.regrant(found)
            return found

        # A follower that is not live is being authorised anew: its grant is not to be relied on.
        grant = follower.grant if follower and follower.live else await regrant()

        self.say(await posting.take(self._house, self.listener, asked, grant, regrant))

    async def _follow(self, asked: frames.Asked) -> None:
        stream = asked.s
        self._leave(stream)
        if len(self._followed) >= MOST_FOLLOWED:
            self._no("too-many", TOO_MANY, asked)
            return
        grant = await authority.grant(self._house, self.listener, stream)
        if grant is None:
            self._no("forbidden", NOT_FOLLOWED, asked)
            return
        follower = self._followed[stream] = Follower(self, stream, max(0, asked.after), grant)
        await self._catch_up(follower)

    async def _catch_up(self, follower: Follower) -> None:
        stream = follower.stream
        if not await self._streams.hub.catch_up(follower):
            self._followed.pop(stream, None)
            self.say(frames.reset(stream))
        elif self._followed.get(stream) is follower:
            self.push(frames.following(stream, follower.cursor))

    async def _signal(self, asked: frames.Asked) -> None:
        second, count = self._signals
        now = int(time.monotonic())
        self._signals = (now, count + 1) if now == second else (now, 1)
        follower, gate = self._followed.get(asked.s), self._streams.gate_of(asked.s)
        if gate and follower and self._signals[1] <= SIGNALS_PER_SECOND:
            frame: dict[str, Any] = {"t": asked.t} | ({"n": asked.n} if asked.t in ("got", "seen") else {})
            await gate.signal(self._house, self.listener, asked.s, frame)

    # Following

    def recheck(self, stream: str) -> None:
        """Rights may have changed: nothing more is told until the gate has been asked again."""
        if follower := self._followed.get(stream):
            follower.live = False
            self._streams.spawn(self._regrant(follower))

    async def _regrant(self, follower: Follower) -> None:
        try:
            await self._regranted(follower)
        except Exception:  # without an answer nothing may be told
            self._trouble()

    async def _regranted(self, follower: Follower) -> None:
        stream = follower.stream
        grant = await authority.grant(self._house, self.listener, stream)
        if self._followed.get(stream) is not follower:
            return
        if grant is None:
            self._leave(stream)
            self._no("forbidden", NOT_FOLLOWED, frames.Asked("", stream))
        else:
            follower.regrant(grant)
            await self._catch_up(follower)

    def _leave(self, stream: str) -> None:
        if follower := self._followed.pop(stream, None):
            self._streams.hub.leave(follower)

    def _leave_all(self) -> None:
        for stream in list(self._followed):
            self._leave(stream)
