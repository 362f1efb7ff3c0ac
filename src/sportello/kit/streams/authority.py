"""Who is at the other end of a line, and whether a page of another site may open one in a person's name."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from sportello.kit.house import House
from sportello.kit.streams.shapes import Grant, Listener

Connection = ASGIConnection[Any, Any, Any, Any]


async def authenticate(house: House, given: Connection | str, kind: str = "") -> Listener | None:
    """The listener of a connection's cookies or of a token; `kind` chooses when a browser is signed in as both."""
    for call in house.streams.authenticators:
        found = call(house, given)
        if isinstance(found, Awaitable):
            found = await found
        if found is not None and kind in ("", found.kind):
            return found
    return None


def cookies_count(house: House, connection: Connection) -> bool | None:
    """Whether the connection's cookies may speak for a person.

    Browsers name the page's origin on every socket. True: our own page (or no browser). False: a site that may carry
    the widget, which must show a token. None: any other site, which gets no line at all.
    """
    origin = connection.headers.get("origin")
    if not origin:
        return True
    own = {connection.headers.get("host", ""), urlsplit(house.settings.server.public_url).netloc}
    if urlsplit(origin).netloc in own - {""}:
        return True
    return False if origin in house.settings.security.widget_origins else None


def bearer(connection: Connection) -> str:
    """The token of an Authorization header, or nothing."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def grant(house: House, listener: Listener, stream: str) -> Grant | None:
    """What the stream's gate allows; unknown and forbidden streams look the same from outside."""
    gate = house.streams.gate_of(stream)
    return await gate.may_follow(house, listener, stream) if gate else None
