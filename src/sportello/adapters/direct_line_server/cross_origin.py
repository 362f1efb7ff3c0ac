"""Lets pages of the sites that may carry the chat speak Direct Line (CORS); other sites' pages are told nothing."""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sportello.kit.house import House

_ASKED = b"authorization, content-type, x-ms-bot-agent, x-requested-with"


def allowed(house: House, origin: str) -> bool:
    """Whether a page of this origin may speak Direct Line; the hospital's own pages need no leave."""
    return origin in house.settings.security.widget_origins


def cross_origin(app: ASGIApp) -> ASGIApp:
    """ASGI middleware of the Direct Line doors; preflights get their answer here."""

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        house: House = scope["litestar_app"].state.house
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        headers = [(b"vary", b"origin")]
        if allowed(house, origin):
            headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", b"retry-after"),
                (b"cross-origin-resource-policy", b"cross-origin"),
            ]
            if scope["method"] == "OPTIONS":
                headers += [
                    (b"access-control-allow-methods", b"GET, POST"),
                    (b"access-control-allow-headers", _ASKED),
                    (b"access-control-max-age", b"600"),
                ]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in headers}
                kept = [pair for pair in message["headers"] if pair[0].lower() not in present]
                message["headers"] = [*kept, *headers]
            await send(message)

        await app(scope, receive, send_with_headers)

    return shared


MIDDLEWARE: list[Any] = [cross_origin]
