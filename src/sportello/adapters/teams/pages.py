"""The screen of Microsoft Teams: the application, the organiser, a test of the connection."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.adapters.teams import terms as terms_module
from sportello.adapters.teams.graph import Graph, Tokens
from sportello.adapters.teams.terms import Terms, check, terms_of
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.rate_limit import rate_limit
from sportello.scheduling.ports import MeetingFailed

AT = "/desk/teams"
PLACE = place(
    "teams", N_("Microsoft Teams"), "video", AT,
    N_("virtual visits meetings Microsoft Graph"),
)  # fmt: skip
TOKEN_GIVEN = N_("Microsoft accepts the application.")
MEETING_MADE = N_("A meeting was made in the organiser's name.")
MEETING_GONE = N_("It was deleted again.")
NOT_YET = N_("Fill in the form and keep it first.")
_TRIAL = "sportello-connection-test"


@get(AT, guards=CHANGES)
async def page(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """The terms in force."""
    return _page(request, await terms_of(house, house.db), {}, house)


@post(AT, guards=CHANGES, status_code=200)
async def change(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Other terms; a secret left empty stays as it is."""
    known = await terms_of(house, house.db)
    asked, errors, raw = await read_form(request, Terms)
    if asked is not None:
        kept = {name: getattr(asked, name).strip().rstrip("/") for name in ("login_url", "graph_url")}
        asked = msgspec.structs.replace(asked, secret=asked.secret or known.secret, **kept)
        errors = check(asked)
    if asked is None or errors:
        return _page(request, known, errors, house, raw)
    await house.db.run(lambda tx: terms_module.change(house, tx, actor, asked))
    return Redirect(f"{AT}?done=yes", status_code=303)


@post(AT + "/test", guards=CHANGES, status_code=200)
async def test(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Makes a meeting for tomorrow and deletes it again, and says how far it came."""
    rate_limit(house, ("teams", actor.id), 10, 60)
    terms = await terms_of(house, house.db)
    return _page(request, terms, {}, house, steps=await try_it(house, terms))


async def try_it(house: House, terms: Terms) -> list[tuple[str, str]]:
    """The steps taken, as kinds of notice and message ids."""
    if not terms.complete:
        return [("warn", NOT_YET)]
    steps: list[tuple[str, str]] = []
    starts = (house.clock.now() + timedelta(days=1)).replace(microsecond=0)
    tokens = Tokens()
    try:
        async with httpx.AsyncClient() as http:
            await tokens.get(http, terms)
            steps.append(("ok", TOKEN_GIVEN))
            graph = Graph(http, terms, tokens)
            made = await graph.create_or_get(_TRIAL, "Sportello", starts, starts + timedelta(minutes=15))
            steps.append(("ok", MEETING_MADE))
            await graph.delete(made.id)
            steps.append(("ok", MEETING_GONE))
    except MeetingFailed as refusal:
        steps.append(("danger", str(refusal)))
    return steps


def _page(
    request: Request[Any, Any, Any], terms: Terms, errors: dict[str, str], house: House,
    raw: dict[str, str] | None = None, steps: Any = None,
) -> Response[str]:  # fmt: skip
    values = {name: getattr(terms, name) for name in Terms.__struct_fields__ if name != "secret"}
    shown = {name: text for name, text in (raw or {}).items() if name != "secret"}
    return house.pages.render(
        request, "adapters/teams.html", status=422 if errors else 200, values=values | shown, errors=errors,
        kept=bool(terms.secret), steps=steps, done="done" in request.query_params and not errors,
    )  # fmt: skip


ROUTES: list[Any] = [page, change, test]
