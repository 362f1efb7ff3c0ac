"""The stream of a conversation over a WebSocket: sets of activities with their watermark, empty frames as keep-alive.

The hub says that something happened; what it was is read by number, so nothing is lost, doubled or out of order.
"""

import asyncio
from typing import Any

import msgspec
import structlog
from litestar import WebSocket, websocket

from sportello.adapters.direct_line_server import tokens
from sportello.adapters.direct_line_server.cross_origin import allowed
from sportello.adapters.direct_line_server.serving import PAGE, base_of, talk_of, told_of
from sportello.adapters.direct_line_server.taking import listener
from sportello.adapters.direct_line_server.telling import Told, activities, typing
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.security.rate_limit import limits_of
from sportello.kit.streams import authority
from sportello.kit.streams.hub import Follower
from sportello.kit.traces import where

log = structlog.get_logger("directline")
_OPEN = {"open_door": "the ticket in the address opens one conversation", "bearer": True}
_EXPIRED, _TROUBLE = 4403, 1013
_MOST_FRAME = 64
_MOST_STREAMS = 30  # opened in a minute for one conversation


class _Ear:
    """Follows a stream for its hints alone: something new, or somebody types."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.typing = False

    def push(self, frame: str) -> None:
        if not frame.startswith('{"t":"ev"'):
            passing = msgspec.json.decode(frame)
            if passing.get("t") != "typing" or passing.get("by") == "patient":
                return
            self.typing = True
        self.woken.set()

    def half_full(self) -> bool:
        return False

    async def drained(self) -> None:
        """Nothing is queued: what is behind is read by number."""

    def recheck(self, stream: str) -> None:
        """Whoever holds the ticket is the patient whatever state the conversation is in; but it changed."""
        self.woken.set()


@websocket("/conversations/{conversation:str}/stream", opt=_OPEN)
async def stream(socket: WebSocket[Any, Any, Any], house: House, conversation: str) -> None:
    """A client's stream, until either side leaves."""
    origin = socket.headers.get("origin")
    ticket = await tokens.read_stream_ticket(house, socket.query_params.get("t", ""))
    foreign = origin and not allowed(house, origin) and authority.cookies_count(house, socket) is not True
    talk = await talk_of(house, ticket[0]) if ticket and str(ticket[0]) == conversation else None
    if foreign or ticket is None or talk is None:
        await socket.close(code=_EXPIRED)
        return
    if limits_of(house).wait(("directline", "stream", talk[0].id), _MOST_STREAMS, 60, house.clock.now()):
        await socket.close(code=_TROUBLE)
        return
    await socket.accept()
    ear = _Ear()
    telling = house.tasks.start(_tell(house, socket, talk[0], told_of(*talk, base_of(house, socket)), ticket[1], ear))
    try:
        while (message := await socket.receive())["type"] == "websocket.receive":
            if len(message.get("text") or "") > _MOST_FRAME:
                break  # clients send nothing here but empty frames
            if not message.get("text"):
                await _send(socket, "")
    finally:
        telling.cancel()


async def _tell(
    house: House, socket: WebSocket[Any, Any, Any], talk: Conversation, told: Told, after: int, ear: _Ear
) -> None:
    grant = await authority.grant(house, listener(talk), talk.stream)
    if grant is None:
        await socket.close(code=_EXPIRED)
        return
    follower = Follower(ear, talk.stream, await house.streams.head(talk.stream), grant)
    try:
        await house.streams.hub.catch_up(follower)
        await _tell_on(house, socket, talk, told, after, ear)
    except Exception as error:
        log.warning("a stream ended early", error=where(error))
        await socket.close(code=_TROUBLE)
    finally:
        house.streams.hub.leave(follower)


async def _tell_on(
    house: House, socket: WebSocket[Any, Any, Any], talk: Conversation, told: Told, after: int, ear: _Ear
) -> None:
    gate = house.streams.gate_of(talk.stream)
    while True:
        ear.woken.clear()
        types, ear.typing = ear.typing, False
        events = await house.streams.since(talk.stream, after, PAGE, "all")
        if events:
            after = events[-1].seq
            said = await activities(house, told, events)
            await _send(socket, msgspec.json.encode({"activities": said, "watermark": str(after)}).decode())
            if gate:
                await gate.signal(house, listener(talk), talk.stream, {"t": "got", "n": after})
        if types:
            await _send(socket, msgspec.json.encode({"activities": [typing(told)]}).decode())
        if len(events) < PAGE:
            await ear.woken.wait()


async def _send(socket: WebSocket[Any, Any, Any], text: str) -> None:
    await socket.send({"type": "websocket.send", "bytes": None, "text": text})


ROUTES: list[Any] = [stream]
