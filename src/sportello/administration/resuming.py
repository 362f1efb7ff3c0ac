"""What becomes of a request whose session has ended: a page asks for a sign-in, and what was typed goes on afterwards.

Scripts repeat their request themselves (see `sign_in.py`). For plain forms the typed fields travel, hidden, through the
sign-in page, and are sent again by a button afterwards. Passwords and forgery tokens do not travel.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Struct

from sportello.kit import errors
from sportello.kit.house import House
from sportello.kit.security import csrf
from sportello.kit.security.paths import local_path

if TYPE_CHECKING:
    from sportello.administration.sessions import Opened

_FIELD = "kept"
_MOST = 200_000  # characters


class Kept(Struct, frozen=True):
    """A form on its way through the sign-in page."""

    to: str
    fields: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """As the value of a hidden field."""
        return msgspec.json.encode(self).decode()


def on_sign_in_needed(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """401: a mark for scripts, the sign-in page for a person's eyes."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asks_for_page = "text/html" in request.headers.get("accept", "") and not request.headers.get("hx-request")
    if not asks_for_page:
        return errors.answer(request, 401, headers={"x-sign-in": "staff"})
    if request.method == "GET":
        return Redirect(f"/sign-in?next={quote(path)}", status_code=303)
    house: House = request.app.state.house
    return house.pages.render(
        request, "administration/sign_in.html", status=401, next="/desk", login="", errors={}, refused="", values={},
        kept=_keep(request, path), ended=True,
    )  # fmt: skip


def on_password_needed(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """A password that somebody else gave: its owner is led to choose their own."""
    if request.headers.get("hx-request"):
        return Response(None, status_code=204, headers={"HX-Redirect": "/desk/password"})
    if "text/html" in request.headers.get("accept", ""):
        return Redirect("/desk/password", status_code=303)
    return errors.answer(request, 403)


def _keep(request: Request[Any, Any, Any], path: str) -> Kept | None:
    typed = request.scope.get("state", {}).get("typed")
    if not typed:
        return None
    kept = Kept(path, [(name, value) for name, value in typed if name != csrf.FIELD and "password" not in name])
    return kept if len(kept.text) <= _MOST else None


async def kept_in(request: Request[Any, Any, Any]) -> Kept | None:
    """What a sign-in form carries for another."""
    text = (await request.form()).get(_FIELD, "")
    try:
        kept = msgspec.json.decode(text if isinstance(text, str) else "", type=Kept)
    except msgspec.DecodeError:
        return None
    return kept if local_path(kept.to, "") else None


def send_again(
    house: House, request: Request[Any, Any, Any], opened: "Opened", kept: Kept, cookie: Cookie
) -> Response[Any]:
    """The page whose button sends the kept form in the new session."""
    state = request.scope.setdefault("state", {})
    state |= {"actor": opened.actor, "csrf": opened.csrf, "language": opened.actor.language}
    page = house.pages.render(request, "administration/send_again.html", kept=kept)
    page.cookies.append(cookie)
    return page
