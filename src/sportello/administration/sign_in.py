"""The doors of signing in and out, and of choosing a language.

A screen whose session ended signs in again in place. The protocol, for scripts (`web/static/session-expired.js`):
1. a refused request answers 401 with `X-Sign-In: staff`; the screen opens its dialog (or swaps in `/sign-in/dialog`);
2. the dialog posts login, password and `again=yes` to `/sign-in`; the answer is 204 with the new session's forgery
   token in `X-CSRF-Token`, or 422 (wrong), 429 (too fast), 409 (somebody else: the page must be loaded anew), each
   with its sentence as a fragment;
3. the screen puts the token into its forms and repeats the request that was refused. Nothing typed is lost.
Without scripts, `resuming.py` carries the typed fields through the sign-in page.
"""

import math
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Meta, Struct

from sportello.administration import resuming, store
from sportello.administration.actor import Actor, actor_of
from sportello.administration.identifying import COOKIE
from sportello.administration.permissions import signed_in
from sportello.administration.sessions import Opened, TooManyTries, close, is_same_person, sign_in, sign_out
from sportello.kit import language
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.paths import local_path

_HOME = "/desk"
WRONG = N_("Name or password are not right.")
WAIT = N_("Too many attempts. Wait %(seconds)s seconds and try again.")
SOMEBODY_ELSE = N_("This page was opened by somebody else. Load it again to work as yourself.")


class SignIn(Struct):
    """What the sign-in form sends."""

    login: Annotated[str, Meta(max_length=100)]
    password: str
    next: str = ""
    again: str = ""


def address_of(request: Request[Any, Any, Any]) -> str:
    """The peer's address; behind a proxy uvicorn puts the forwarded one here."""
    return request.client.host if request.client else "unknown"


def session_cookie(house: House, opened: Opened) -> Cookie:
    """The cookie that carries a session's secret: out of reach of scripts and of other sites' posts."""
    return _cookie(house, opened.token)


def _cookie(house: House, value: str, max_age: int | None = None) -> Cookie:
    secure = house.settings.server.public_url.startswith("https://")
    return Cookie(key=COOKIE, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=max_age)


@get("/sign-in", opt={"open_door": "nobody is signed in yet"}, sync_to_thread=False)
def sign_in_page(house: House, request: Request[Any, Any, Any], next: str = "") -> Response[Any]:  # noqa: A002
    """The form; somebody signed in already goes on."""
    if (actor := actor_of(request)) and actor.kind == "staff":
        return Redirect(local_path(next, _HOME), status_code=303)
    return _page(house, request, {"next": next})


@get("/sign-in/dialog", opt={"open_door": "nobody is signed in any more"}, sync_to_thread=False)
def sign_in_dialog(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """The same form as part of a page whose session has ended."""
    return house.pages.render(request, "administration/_sign_in_again.html")


@post("/sign-in", opt={"open_door": "nobody is signed in yet", "without_csrf": True}, status_code=200)
async def sign_in_door(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Opens a session, or shows the form again with the login kept."""
    form, errors, raw = await read_form(request, SignIn)
    kept = await resuming.kept_in(request)
    if form is None:
        return _page(house, request, raw, 422, errors=errors, kept=kept)
    old = request.cookies.get(COOKIE, "")
    try:
        opened = await sign_in(house, form.login, form.password, address_of(request))
    except TooManyTries as wait:
        seconds = math.ceil(wait.seconds)
        answer = _page(house, request, raw, 429, refused=WAIT, values={"seconds": seconds}, kept=kept)
        answer.headers["retry-after"] = str(seconds)
        return answer
    if opened is None:
        return _page(house, request, raw, 422, refused=WRONG, kept=kept)
    same = await is_same_person(house, old, opened.actor.id)
    await close(house, old)
    cookie = session_cookie(house, opened)
    if form.again:
        if not same:
            await close(house, opened.token)
            return _page(house, request, raw, 409, refused=SOMEBODY_ELSE, kept=None)
        return Response(None, status_code=204, headers={"X-CSRF-Token": opened.csrf}, cookies=[cookie])
    if kept and same:
        return resuming.send_again(house, request, opened, kept, cookie)
    return Redirect(local_path(form.next, _HOME), status_code=303, cookies=[cookie])


def _page(
    house: House,
    request: Request[Any, Any, Any],
    raw: dict[str, str],
    status: int = 200,
    *,
    refused: str = "",
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    kept: resuming.Kept | None = None,
) -> Response[Any]:
    file = "_refused" if raw.get("again") else "sign_in"
    return house.pages.render(
        request, f"administration/{file}.html", status=status, next=raw.get("next", ""), login=raw.get("login", ""),
        errors=errors or {}, refused=refused, values=values or {}, kept=kept, ended=False,
    )  # fmt: skip


@post("/sign-out", guards=[signed_in], opt={"before_choosing_password": True})
async def sign_out_door(house: House, request: Request[Any, Any, Any], actor: Actor) -> Redirect:
    """Ends the session here and on the server."""
    await sign_out(house, request.cookies.get(COOKIE, ""), actor)
    return Redirect("/sign-in", status_code=303, cookies=[_cookie(house, "", max_age=0)])


@post("/language", opt={"open_door": "anybody may read in their language"})
async def language_door(house: House, request: Request[Any, Any, Any]) -> Redirect:
    """Switches the reader's language and returns to the page they were on."""
    chosen = str((await request.form()).get("language", ""))
    back = urlsplit(request.headers.get("referer", ""))
    here = local_path(f"{back.path}?{back.query}" if back.query else back.path, "/")
    if chosen not in house.settings.clinic.languages:
        return Redirect(here, status_code=303)
    actor = actor_of(request)
    if actor and actor.kind == "staff":
        async with house.db.transaction() as tx:
            await store.set_language(tx, UUID(actor.id), chosen)
    secure = house.settings.server.public_url.startswith("https://")
    kept = Cookie(
        key=language.COOKIE, value=chosen, path="/", max_age=31_536_000, samesite="lax", httponly=True, secure=secure
    )
    return Redirect(here, status_code=303, cookies=[kept])


ROUTES = [sign_in_page, sign_in_dialog, sign_in_door, sign_out_door, language_door]
