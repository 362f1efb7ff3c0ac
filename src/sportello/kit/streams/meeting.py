"""The first words on a socket: who is there, in which language, or a goodbye."""

import asyncio
from typing import Any, NamedTuple

import msgspec
from litestar import WebSocket

from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.streams import authority, figures, frames
from sportello.kit.streams.shapes import Listener
from sportello.kit.streams.store import UNREACHABLE

HELLO_WITHIN = 10.0  # seconds
SIGN_IN, TRY_LATER = 4401, 1013  # close codes: the client stops, or comes back
SIGNED_OUT = N_("Please sign in again.")


class Met(NamedTuple):
    """A listener, and what it was known by, so that it can be checked again."""

    listener: Listener
    token: str
    by_cookie: bool


async def meet(house: House, socket: WebSocket[Any, Any, Any], *, by_cookie: bool) -> Met | None:
    """Waits for hello and answers welcome; None when the socket was closed instead."""
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            message = await socket.receive()
        if message["type"] != "websocket.receive":
            return None
        hello = _hello(message.get("text") or "")
        listener = await recognise(house, socket, hello.token, by_cookie=by_cookie) if hello.t == "hello" else None
    except TimeoutError:
        await socket.close(SIGN_IN)
        return None
    except UNREACHABLE:
        figures.TROUBLES.inc()
        await socket.close(TRY_LATER)
        return None
    languages = house.settings.clinic.languages
    if listener is None:
        said = translate(hello.lang if hello.lang in languages else languages[0], SIGNED_OUT)
        await _send(socket, frames.no("sign-in", said))
        await socket.close(SIGN_IN)
        return None
    await _send(socket, frames.WELCOME)
    if hello.lang in languages:
        listener = msgspec.structs.replace(listener, language=hello.lang)
    return Met(listener, hello.token, by_cookie)


async def recognise(house: House, socket: WebSocket[Any, Any, Any], token: str, *, by_cookie: bool) -> Listener | None:
    """The listener of a token or, where cookies count, of the socket's own cookies."""
    if not token and not by_cookie:
        return None
    return await authority.authenticate(house, token or socket, socket.query_params.get("as", ""))


def _hello(text: str) -> frames.Asked:
    try:
        return frames.asked_many(text)[0] if text.startswith("[") else frames.asked(text)
    except (msgspec.DecodeError, IndexError):
        return frames.Asked("")


async def _send(socket: WebSocket[Any, Any, Any], text: str) -> None:
    await socket.send({"type": "websocket.send", "bytes": None, "text": text})
