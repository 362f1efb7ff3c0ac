"""The screen of the hospital's own bot: which, on which terms, whether it answers, and what goes to and fro."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.adapters.outside_bots import connection, store, watched
from sportello.adapters.outside_bots.checking import check
from sportello.adapters.outside_bots.connection import SECRET_FIELDS, Connection
from sportello.adapters.outside_bots.kinds import kinds_of
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.testing_it import try_it
from sportello.adapters.outside_bots.trouble import SENTENCES
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.rate_limit import rate_limit

_AT = "/desk/own-bot"
PLACE = place(
    "own-bot", N_("The hospital's own bot"), "bot", _AT,
    N_("Azure Health Bot Copilot Studio Direct Line Bot Connector chatbot"),
)  # fmt: skip
KINDS = (
    ("embedded", N_("None: the assistant of Sportello answers")),
    ("health_bot", N_("Azure Health Bot (healthcare agent service)")),
    ("copilot_studio", N_("Copilot Studio")),
    ("generic", N_("Another bot behind Direct Line")),
    ("connector", N_("A bot of the hospital's on its own server (Agents SDK, Bot Framework SDK)")),
)
_SHOWN = 60
_DAYS = timedelta(days=7)
# Why a talk is with the bot no longer, in the order in which it is told.
WHY = {
    "": N_("The bot still has it"),
    "ended": N_("The bot brought it to its end"),
    "bot-asked": N_("The hospital's bot asked for a person"),
    "asked": N_("The patient asked for a person"),
    "red-flag": N_("Possible urgency"),
    "taken": N_("The patient left, or staff took it"),
    "bot-timeout": N_("The bot did not answer in time"),
    "bot-error": N_("The bot failed"),
    "bot-down": N_("The bot cannot be reached"),
}


@get(_AT, guards=CHANGES)
async def page(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """The terms in force."""
    return await _page(request, house, await connection.connection_of(house), {})


@post(_AT, guards=CHANGES)
async def change(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Other terms; secrets left empty stay as they are."""
    known = await connection.connection_of(house)
    asked, errors, raw = await read_form(request, Connection)
    if asked is not None:
        kept = {name: getattr(known, name) for name in SECRET_FIELDS if not raw.get(name)}
        asked = msgspec.structs.replace(asked, **kept, rules=raw.get("rules", "").strip() or connection.DEFAULT_RULES)
        errors = check(asked, house.settings.server.public_url)
    if asked is None or errors:
        shown = {name: raw[name] for name in raw if name not in SECRET_FIELDS}
        return await _page(request, house, asked or known, errors, shown)

    async def work(tx: Transaction) -> None:
        if await connection.change(house, tx, actor, asked):
            await watched.ended(house, tx)
            tx.after_commit(house.port(Relay).breaker.worked)

    await house.db.run(work)
    return Redirect(f"{_AT}?done=yes", status_code=303)


@post(_AT + "/test", guards=CHANGES)
async def test(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Begins a conversation with the bot as it is set up, and says step by step how far it came."""
    rate_limit(house, ("own-bot", actor.id), 10, 60)
    terms = await connection.connection_of(house)
    return await _page(request, house, terms, {}, steps=await try_it(house, terms))


@get(_AT + "/trace", guards=CHANGES)
async def trace(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """The trace by itself, which the page loads again when it has grown."""
    lines = await store.trace(house.db, _SHOWN)
    return house.pages.render(request, "adapters/_bot_trace.html", lines=lines, sentences=SENTENCES)


async def _page(
    request: Request[Any, Any, Any],
    house: House,
    terms: Connection,
    errors: dict[str, str],
    raw: dict[str, str] | None = None,
    steps: Any = None,
) -> Response[str]:
    values = {name: str(getattr(terms, name)) for name in Connection.__struct_fields__ if name not in SECRET_FIELDS}
    trouble = await store.trouble(house.db)
    counted = await store.figures(house.db, house.clock.now() - _DAYS)
    figures = [(WHY.get(code, code), counted[code]) for code in [*WHY, *(set(counted) - set(WHY))] if code in counted]
    kinds = [(key, text) for key, text in KINDS if key == "embedded" or key in kinds_of(house)]
    return house.pages.render(
        request, "adapters/own_bot.html", status=422 if errors else 200, values=values | (raw or {}), terms=terms,
        figures=figures, errors=errors, kinds=kinds, steps=steps, trouble=SENTENCES.get(trouble, ""),
        sentences=SENTENCES,
        lines=await store.trace(house.db, _SHOWN), done=request.query_params.get("done", "") and not errors,
    )  # fmt: skip


ROUTES: list[Any] = [page, change, test, trace]
