"""Finds out who a request comes from, before any door, and refuses what other sites send in a person's name.

Intents (POST, PUT, PATCH, DELETE) must come from our own pages: `Sec-Fetch-Site` and `Origin` must not name another
site, and with a session its token must stand in the header `X-CSRF-Token` or the form field `csrf`. A door may say
`opt={"without_csrf": True}` (origin only: nobody is signed in yet) or `opt={"bearer": True}` (no check: it looks at a
bearer token or makes its own check, and never at a cookie); `exclude_from_csrf` is the same as `bearer`.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from sportello.administration import store
from sportello.administration.actor import Actor, Connection, Identified, act_as
from sportello.kit.errors import Refusal
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.language import language_of
from sportello.kit.security import csrf
from sportello.kit.security.tokens import hashed

COOKIE = "sportello_staff"
SEEN_EVERY = timedelta(minutes=1)
_WITHOUT_PEOPLE = ("/static/", "/health", "/metrics")
FORGED = N_("This page is out of date. Load it again and repeat what you did.")
Identify = Callable[[House, Connection], Awaitable[Identified | Actor | None]]


class PatientDoors:
    """How the room above that signs patients in knows them; one in each house."""

    def __init__(self) -> None:
        self.calls: list[Identify] = []


def also_identify(house: House, call: Identify) -> None:
    """The portal tells how it knows a patient; asked at every request, so it must be quick without a cookie."""
    house.ports.setdefault(PatientDoors, PatientDoors()).calls.append(call)


async def staff_of(house: House, connection: Connection) -> Identified | None:
    """The staff member of the session cookie, while the session is neither idle for too long nor too old."""
    token = connection.cookies.get(COOKIE, "")
    if not 20 < len(token) < 100:
        return None
    now, limits = house.clock.now(), house.settings.security
    idle, whole = timedelta(seconds=limits.session_idle_seconds), timedelta(seconds=limits.session_seconds)
    row = await store.session(house.db, hashed(token), now - idle, now - whole)
    if row is None:
        return None
    if now - row["seen_at"] > min(SEEN_EVERY, idle / 10):
        await store.touch_session(house.db, hashed(token), now)
    actor = Actor(
        kind="staff", id=str(row["id"]), name=row["name"], language=row["language"], role=row["role"],
        permissions=frozenset(row["permissions"]),
    )  # fmt: skip
    return Identified(actor, csrf.token_for(token), row["password_temporary"])


async def _patient_of(house: House, connection: Connection) -> Identified | None:
    doors = house.ports.get(PatientDoors)
    for call in doors.calls if doors else ():
        found = await call(house, connection)
        if found is not None:
            return Identified(found, "") if isinstance(found, Actor) else found
    return None


def identify(app: ASGIApp) -> ASGIApp:
    """ASGI middleware that puts `staff`, `patient`, `actor`, `language` and `csrf` into the request's state."""

    async def identified(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith(_WITHOUT_PEOPLE):
            house: House = scope["litestar_app"].state.house
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            state = scope.setdefault("state", {})
            state["language"] = language_of(connection, house.settings)
            state["patient"] = await _patient_of(house, connection)
            state["staff"] = await staff_of(house, connection)
            if act_as(connection, "staff") is None:
                act_as(connection, "patient")
        await app(scope, receive, send)

    return identified


def _is_staffs(handler: BaseRouteHandler) -> bool:
    """Whether the door lets nobody but staff pass."""
    names = [getattr(guard, "__qualname__", "") for guard in handler.resolve_guards()]
    return any(name.startswith(("requires.", "signed_in")) for name in names)


async def forgery_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Stands before every door; see the module's text."""
    opt = handler.opt
    if not isinstance(connection, Request) or connection.method not in csrf.UNSAFE:
        return
    if opt.get("bearer") or opt.get("exclude_from_csrf"):
        return
    house: House = connection.scope["litestar_app"].state.house
    if csrf.from_elsewhere(connection, house.settings.server.public_url):
        raise Refusal(403, FORGED)
    state = connection.scope.get("state", {})
    if not state.get("staff") and _is_staffs(handler):
        return  # the door's own guard asks for the sign-in; "forged" would be the wrong word for an ended session
    expected = [who.csrf for who in (state.get("staff"), state.get("patient")) if who and who.csrf]
    if not expected or opt.get("without_csrf"):
        return
    given = connection.headers.get(csrf.HEADER, "")
    if not given:
        given = str((await connection.form()).get(csrf.FIELD, ""))
    if not any(csrf.same_token(given, token) for token in expected):
        raise Refusal(403, FORGED)
