"""A WebSocket client lean enough to play hundreds of browsers on one core: it neither masks nor copies much."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

_encode = msgspec.json.Encoder().encode


class Frame(msgspec.Struct, gc=False):
    """A frame of the line as far as these players look at it."""

    t: str
    s: str = ""
    n: int = 0
    id: str | None = None
    by: str = ""
    b: msgspec.Raw = msgspec.Raw(b"")
    code: str = ""


_one = msgspec.json.Decoder(Frame).decode
_many = msgspec.json.Decoder(list[Frame]).decode


class Player(asyncio.Protocol):
    """One browser tab. `hear` is called with every list of frames; `lost` is set when the socket has ended."""

    def __init__(self, hear: Callable[["Player", list[Frame]], None], name: str = "") -> None:
        self.hear = hear
        self.name = name
        self.opened = asyncio.get_running_loop().create_future()
        self.welcomed = asyncio.get_running_loop().create_future()
        self.lost = asyncio.Event()
        self.frames_in = 0
        self._buffer = bytearray()
        self._shaken = False
        self.transport: Any = None

    async def open(self, url: str, *, token: str = "", cookie: str = "") -> "Player":
        """Connects and says hello; returns when welcomed. Raises ConnectionError otherwise."""
        address = urlsplit(url)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, address.hostname, address.port)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /line HTTP/1.1", f"Host: {address.netloc}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
        ] + ([f"Cookie: {cookie}"] if cookie else [])  # fmt: skip
        self.transport.write("\r\n".join([*lines, "", ""]).encode())
        await asyncio.wait_for(self.opened, 20)
        self.say({"t": "hello", "token": token, "lang": "it"})
        await asyncio.wait_for(self.welcomed, 20)
        return self

    def say(self, frame: dict[str, Any]) -> None:
        self.send(_encode(frame))

    def send(self, payload: bytes) -> None:
        """A text frame. Clients must mask; a mask of zeros changes nothing and is a mask."""
        length = len(payload)
        short = length < 126
        head = bytes((0x81, 0x80 | length) if short else (0x81, 0xFE, length >> 8, length & 255))
        if not self.transport.is_closing():
            self.transport.write(head + b"\0\0\0\0" + payload)

    def close(self) -> None:
        if self.transport:
            self.transport.abort()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        for future in (self.opened, self.welcomed):
            if not future.done():
                future.set_exception(ConnectionError("the line was closed"))
                future.exception()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if not self._shaken:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not buffer.startswith(b"HTTP/1.1 101"):
                self.transport.abort()
                return
            del buffer[: end + 4]
            self._shaken = True
            self.opened.set_result(None)
        at, size = 0, len(buffer)
        while size - at >= 2:
            code, length, start = buffer[at] & 15, buffer[at + 1] & 127, at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
            elif length == 127:
                if size - at < 10:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 10]), at + 10
            if size < start + length:
                break
            self._frame(code, bytes(buffer[start : start + length]))
            at = start + length
        if at:
            del buffer[:at]

    def _frame(self, code: int, payload: bytes) -> None:
        if code == 9:  # ping
            self.transport.write(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
        elif code == 8:
            self.transport.close()
        elif code == 1:
            frames = _many(payload) if payload[:1] == b"[" else [_one(payload)]
            self.frames_in += len(frames)
            if not self.welcomed.done():
                if frames[0].t == "welcome":
                    self.welcomed.set_result(None)
                else:
                    self.transport.abort()
            self.hear(self, frames)
