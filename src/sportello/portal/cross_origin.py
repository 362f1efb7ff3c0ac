"""Lets the pages of allowed sites read the widget's answers (CORS); everybody else is not told anything."""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sportello.kit.house import House

PATHS = (
    "/widget.js",
    "/widget.css",
    "/portal/chat",
    "/portal/chat/end",
    "/portal/chat/files",
    "/portal/chat/file",
    "/line/since",
    "/line/post",
)


def cross_origin(app: ASGIApp) -> ASGIApp:
    """ASGI middleware; answers preflights of the widget's doors itself."""

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] not in PATHS:
            await app(scope, receive, send)
            return
        house: House = scope["litestar_app"].state.house
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        allowed = origin in house.settings.security.widget_origins
        headers = _headers(origin) if allowed else [(b"vary", b"origin")]
        if allowed and scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [*headers, *_PREFLIGHT]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await app(scope, receive, send_with_headers)

    return shared


_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"content-type, authorization, x-file-name, x-file-id"),
    (b"access-control-max-age", b"600"),
]


def _headers(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]


MIDDLEWARE: list[Any] = [cross_origin]
