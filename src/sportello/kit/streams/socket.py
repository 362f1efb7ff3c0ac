"""One open socket: what its client asks, what it follows, and the queue of what it is to be told."""

import asyncio
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
from sportello.kit.streams.shapes import Grant, Listener
from sportello.kit.traces import where

log = structlog.get_logger("line")

QUEUE_FRAMES, QUEUE_CHARS = 1_000, 1_000_000  # what a slow socket may be behind before it must read again
MOST_FOLLOWED = 200
SIGNALS_PER_SECOND = 20
HELLO_WITHIN = 10.0

NOT_FOLLOWED = N_("You cannot follow this.")
TOO_MANY = N_("Too many conversations are open at once.")
SIGNED_OUT = N_("Please sign in again.")


class LineSocket:
    """The server's end of one browser tab's line."""

    __slots__ = (
        "_chars", "_close_code", "_connection", "_drained", "_events", "_followed", "_house", "_loop", "_pumping",
        "_send", "_signals", "_streams", "_token", "_words", "checked", "listener",
    )  # fmt: skip

    def __init__(self, house: House, connection: WebSocket[Any, Any, Any]) -> None:
        self._house = house
        self._streams = house.streams
        self._connection = connection
        self._send = connection.send
        self._events: list[str] = []
        self._words: list[str] = []
        self._chars = 0
        self._loop = asyncio.get_running_loop()
        self._pumping: asyncio.Task[None] | None = None
        self._close_code = 0
        self._drained: asyncio.Event | None = None
        self._followed: dict[str, Follower] = {}
        self._signals = (0, 0)
        self._token = ""
        self.listener = Listener("patient", "")
        self.checked = time.monotonic()

    # What the socket is told

    def push(self, frame: str) -> None:
        """Queues an event or a passing frame; a socket that is too far behind is told to read again."""
        self._events.append(frame)
        self._chars += len(frame)
        if len(self._events) > QUEUE_FRAMES or self._chars > QUEUE_CHARS:
            self._overflow()
        if self._pumping is None:
            self._start_pump()

    def say(self, frame: str) -> None:
        """Queues an answer; answers are never dropped, so a client that only asks and never reads is cut off."""
        self._words.append(frame)
        if len(self._words) > QUEUE_FRAMES:
            self._close_code = 1008
        if self._pumping is None:
            self._start_pump()

    def _start_pump(self) -> None:
        # Straight to the loop: this happens for every message, and nothing of the pump's end is of interest.
        self._pumping = self._loop.create_task(self._pump())

    def _overflow(self) -> None:
        figures.GAPS.inc()
        self._events.clear()
        self._chars = 0
        for stream in list(self._followed):
            self._leave(stream)
            self._words.append(frames.gap(stream))

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
            if self._drained:
                self._drained.set()
                self._drained = None
            if self._close_code:
                await send({"type": "websocket.close", "code": self._close_code, "reason": ""})
        except Exception:  # the peer has gone; `run` ends by itself
            self._leave_all()
            if self._drained:
                self._drained.set()
                self._drained = None
            self._events.clear()
            self._words.clear()
        finally:
            self._pumping = None

    def half_full(self) -> bool:
        """Whether who reads old events for this socket should let it take breath."""
        return len(self._events) * 2 > QUEUE_FRAMES or self._chars * 2 > QUEUE_CHARS

    async def drained(self) -> None:
        """Returns when all that was queued has been handed to the network, or the peer has gone."""
        if self._events:
            self._drained = self._drained or asyncio.Event()
            await self._drained.wait()

    def end(self, why: str, code: int) -> None:
        """Says goodbye, then closes with a WebSocket code."""
        self._close_code = code
        self.say(frames.bye(why))

    # What the client asks

    async def run(self, *, by_cookie: bool) -> None:
        """From hello to goodbye."""
        if not await self._welcome(by_cookie):
            return
        self._streams.sockets.add(self)
        figures.LINES.inc()
        try:
            if self._streams.ending:
                self.end("restart", 1012)
            receive = self._connection.receive
            while (message := await receive())["type"] == "websocket.receive":
                for asked in self._read(message.get("text") or ""):
                    await self._answer(asked)
        finally:
            figures.LINES.dec()
            self._streams.sockets.discard(self)
            self._leave_all()

    async def _welcome(self, by_cookie: bool) -> bool:
        with contextlib.suppress(TimeoutError):
            message = await asyncio.wait_for(self._connection.receive(), HELLO_WITHIN)
            if message["type"] != "websocket.receive":
                return False
            for asked in self._read(message.get("text") or ""):
                if asked.t == "hello" and (listener := await self._authenticate(asked.token, by_cookie)):
                    self._token = asked.token
                    self.listener = (
                        msgspec.structs.replace(listener, language=asked.lang)
                        if asked.lang in self._house.settings.clinic.languages
                        else listener
                    )
                    self.say(frames.WELCOME)
                    return True
                language = asked.lang if asked.lang in self._house.settings.clinic.languages else ""
                said = translate(language or self._house.settings.clinic.languages[0], SIGNED_OUT)
                self.say(frames.no("sign-in", said))
                break
        self.end("sign-in", 4401)
        await asyncio.sleep(0.05)
        return False

    async def _authenticate(self, token: str, by_cookie: bool) -> Listener | None:
        if not token and not by_cookie:
            return None
        kind = self._connection.query_params.get("as", "")
        return await authority.authenticate(self._house, token or self._connection, kind)

    async def check(self) -> None:
        """Whether the listener still is who it was: signed out ends the line, changed rights are asked anew."""
        self.checked = time.monotonic()
        found = await self._authenticate(self._token, True)
        if found is None or (found.kind, found.id) != (self.listener.kind, self.listener.id):
            self._leave_all()
            self.end("sign-in", 4401)
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
                case "typing" | "seen":
                    await self._signal(asked)
                case "hello":
                    pass
                case _:
                    self._no("unknown", posting.UNREADABLE, asked)
        except Exception as error:
            log.error("a frame failed", frame=asked.t[:20], error=where(error))
            self._no("failed", posting.FAILED, asked)

    async def _post(self, asked: frames.Asked) -> None:
        follower = self._followed.get(asked.s)
        grant = follower.grant if follower else await authority.grant(self._house, self.listener, asked.s)

        async def regrant() -> Grant | None:
            found = await authority.grant(self._house, self.listener, asked.s)
            if found and (follower := self._followed.get(asked.s)):
                follower.regrant(found)
            return found

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
            frame: dict[str, Any] = {"t": asked.t} | ({"n": asked.n} if asked.t == "seen" else {})
            await gate.signal(self._house, self.listener, asked.s, frame)

    # Following

    def recheck(self, stream: str) -> None:
        """Rights may have changed: nothing more is told until the gate has been asked again."""
        if follower := self._followed.get(stream):
            follower.live = False
            self._streams.spawn(self._regrant(follower))

    async def _regrant(self, follower: Follower) -> None:
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
