"""Finds out who a request comes from, before any door: session cookie, language, protection against forgery.

Intents (POST, PUT, PATCH, DELETE) must come from our own pages: the browser's `Sec-Fetch-Site` and `Origin` must say
so, and with a staff session the session's token must be in `X-CSRF-Token` or the form field `csrf`. Doors that
take a bearer token instead of a cookie say `opt={"bearer": True}`.
"""

import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from sportello.administration import store
from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.kit.language import language_of

COOKIE = "sportello_staff"
SEEN_EVERY = timedelta(minutes=1)
INTENTS = {"POST", "PUT", "PATCH", "DELETE"}
Identify = Callable[[House, ASGIConnection[Any, Any, Any, Any]], Awaitable[Actor | None]]
_others: list[Identify] = []


def also_identify(call: Identify) -> None:
    """A room above (the portal) tells how it knows its own people; asked when there is no staff session."""
    if call not in _others:
        _others.append(call)


def token_hash(token: str) -> bytes:
    """What is stored instead of a secret."""
    return sha256(token.encode()).digest()


async def staff_of(house: House, connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[Actor, str] | None:
    """The staff member of the session cookie and the session's forgery token."""
    token = connection.cookies.get(COOKIE, "")
    if not 20 < len(token) < 100:
        return None
    now, limits = house.clock.now(), house.settings.security
    idle, whole = timedelta(seconds=limits.session_idle_seconds), timedelta(seconds=limits.session_seconds)
    row = await store.session(house.db, token_hash(token), now - idle, now - whole)
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_EVERY:
        await store.touch_session(house.db, token_hash(token), now)
    actor = Actor(
        kind="staff", id=str(row["id"]), name=row["name"], language=row["language"], role=row["role"],
        permissions=frozenset(row["permissions"]),
    )  # fmt: skip
    return actor, row["csrf"]


def identify(app: ASGIApp) -> ASGIApp:
    """ASGI middleware that puts `actor`, `language` and `csrf` into the request's state."""

    async def identified(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and not scope["path"].startswith(("/static/", "/health", "/metrics")):
            house: House = scope["litestar_app"].state.house
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            state = scope.setdefault("state", {})
            state["language"] = language_of(connection, house.settings)
            if found := await staff_of(house, connection):
                state["actor"], state["csrf"] = found
                state["language"] = found[0].language
            else:
                for other in _others:
                    if actor := await other(house, connection):
                        state["actor"] = actor
                        break
        await app(scope, receive, send)

    return identified


async def forgery_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuses intents that another site's page sends in a person's name."""
    if connection.scope["type"] != "http" or connection.scope["method"] not in INTENTS or handler.opt.get("bearer"):
        return
    if connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise PermissionDeniedException
    origin = connection.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != connection.headers.get("host", ""):
        raise PermissionDeniedException
    state = connection.scope.get("state", {})
    expected = state.get("csrf")
    if expected and not handler.opt.get("without_csrf"):
        given = connection.headers.get("x-csrf-token") or ""
        if not given and isinstance(connection, Request):
            given = str((await connection.form()).get("csrf", ""))
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise PermissionDeniedException
