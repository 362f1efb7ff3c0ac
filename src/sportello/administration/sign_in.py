"""The doors of signing in and out, and of choosing a language.

The screen that was open when a session ended signs in again in place: it posts here with `again=yes`, gets 204 with the
new session's forgery token in `X-CSRF-Token`, and repeats the request that was refused. Nothing typed is lost.
"""

import math
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Struct

from sportello.administration import store
from sportello.administration.actor import Actor, actor_of
from sportello.administration.identifying import COOKIE
from sportello.administration.permissions import signed_in
from sportello.administration.sessions import Opened, TooManyTries, sign_in, sign_out
from sportello.kit import language
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_

WRONG = N_("Name or password are not right.")
WAIT = N_("Too many attempts. Wait %(seconds)s seconds and try again.")


class SignIn(Struct):
    """What the sign-in form sends."""

    login: str
    password: str
    next: str = ""
    again: str = ""


def local(path: str, otherwise: str = "/desk") -> str:
    """A path of ours, whatever a stranger wrote: no other site, no backslash tricks, no control characters."""
    parts = urlsplit(path) if path.isprintable() and "\\" not in path else None
    ours = parts and path.startswith("/") and not path.startswith("//") and not parts.netloc and not parts.scheme
    return path if ours else otherwise


def address_of(request: Request[Any, Any, Any]) -> str:
    """The peer's address; behind a proxy uvicorn puts the forwarded one here."""
    return request.client.host if request.client else "unknown"


def session_cookie(house: House, opened: Opened) -> Cookie:
    """The cookie that carries a session's secret: out of reach of scripts and of other sites' posts."""
    secure = house.settings.server.public_url.startswith("https://")
    return Cookie(key=COOKIE, value=opened.token, path="/", httponly=True, samesite="lax", secure=secure)


@get("/sign-in", opt={"open_door": "nobody is signed in yet"}, sync_to_thread=False)
def sign_in_page(house: House, request: Request[Any, Any, Any], next: str = "") -> Response[Any]:  # noqa: A002
    """The form; somebody signed in already goes on."""
    if (actor := actor_of(request)) and actor.kind == "staff":
        return Redirect(local(next), status_code=303)
    return house.pages.render(request, "administration/sign_in.html", next=next, login="", errors={}, refused="")


@post("/sign-in", opt={"open_door": "nobody is signed in yet", "without_csrf": True}, status_code=200)
async def sign_in_door(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Opens a session, or shows the form again with the login kept."""
    form, errors, raw = await read_form(request, SignIn)
    refused, values, status = "", {}, 422
    if form:
        try:
            opened = await sign_in(house, form.login, form.password, address_of(request))
        except TooManyTries as wait:
            opened, refused, values, status = None, WAIT, {"seconds": math.ceil(wait.seconds)}, 429
        else:
            refused = WRONG
        if opened:
            return _welcome(house, form, opened)
    if raw.get("again"):
        return Response(b"", status_code=status, media_type="text/plain")
    return house.pages.render(
        request, "administration/sign_in.html", status=status, next=raw.get("next", ""),
        login=raw.get("login", ""), errors=errors, refused=refused, values=values,
    )  # fmt: skip


def _welcome(house: House, form: SignIn, opened: Opened) -> Response[Any]:
    cookie = session_cookie(house, opened)
    if form.again:
        return Response(None, status_code=204, headers={"X-CSRF-Token": opened.csrf}, cookies=[cookie])
    return Redirect(local(form.next), status_code=303, cookies=[cookie])


@post("/sign-out", guards=[signed_in])
async def sign_out_door(house: House, request: Request[Any, Any, Any], actor: Actor) -> Redirect:
    """Ends the session here and on the server."""
    await sign_out(house, request.cookies.get(COOKIE, ""), actor)
    gone = Cookie(key=COOKIE, value="", path="/", max_age=0, httponly=True, samesite="lax")
    return Redirect("/sign-in", status_code=303, cookies=[gone])


@post("/language", opt={"open_door": "anybody may read in their language"})
async def language_door(house: House, request: Request[Any, Any, Any]) -> Redirect:
    """Switches the reader's language and returns to the page they were on."""
    chosen = str((await request.form()).get("language", ""))
    back = urlsplit(request.headers.get("referer", ""))
    here = local(f"{back.path}?{back.query}" if back.query else back.path, "/")
    if chosen not in LANGUAGES:
        return Redirect(here, status_code=303)
    actor = actor_of(request)
    if actor and actor.kind == "staff":
        from uuid import UUID

        async with house.db.transaction() as tx:
            await store.set_language(tx, UUID(actor.id), chosen)
    kept = Cookie(key=language.COOKIE, value=chosen, path="/", max_age=31_536_000, samesite="lax")
    return Redirect(here, status_code=303, cookies=[kept])


ROUTES = [sign_in_page, sign_in_door, sign_out_door, language_door]
