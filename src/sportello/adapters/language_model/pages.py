"""The screen of the language model: on which terms it is asked, the switch, a test, what became of the questions."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from sportello.adapters.language_model.trying import Step, try_it
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.bots.language_model import terms as settings
from sportello.bots.language_model.terms import JOBS, Terms
from sportello.bots.store import language_model as store
from sportello.kit.addresses import is_address
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.rate_limit import rate_limit

AT = "/desk/language-model"
PLACE = place(
    "language-model", N_("Language model"), "bot", AT,
    N_("OpenAI LLM AI artificial intelligence chat completions kill switch"),
)  # fmt: skip
_ADDRESS = N_("Write a whole address that begins with https://")
_MODEL = N_("Write the name by which the server knows the model.")
_REASON = N_("Write why: it stays in the audit trail.")
_INCOMPLETE = N_("It needs an address, a model and at least one job before it can be switched on.")
WORK = {
    "route": N_("Choose among the assistant's wishes when it is not sure"),
    "slots": N_("Read a day or a choice that the assistant could not read"),
    "agent_summary": N_("Summarise the talk for the agent at a handover"),
}
# What the outcomes of questions are counted as on the screen.
SHORT = {"route": N_("Choose"), "slots": N_("Read answers"), "agent_summary": N_("Summarise")}
ROWS = {
    N_("Asked"): ("used", "unknown", "nonsense", "late", "failed", "unreachable", "busy", "refused", "switched-off"),
    N_("Used"): ("used",),
    N_("Did not know"): ("unknown",),
    N_("Refused as nonsense"): ("nonsense",),
    N_("Too late"): ("late",),
    N_("Gone wrong"): ("failed", "unreachable", "busy", "refused"),
    N_("Not asked: limit or outage"): ("limited", "down"),
}
_DAYS = timedelta(days=7)
_Asking = Request[Any, Any, Any]


class _Form(Struct, frozen=True):
    address: str = ""
    model: str = ""
    key_password: str = ""
    forget_key: bool = False
    per_minute: settings.PerMinute = 60
    route: bool = False
    slots: bool = False
    agent_summary: bool = False


@get(AT, guards=CHANGES)
async def page(request: _Asking, house: House) -> Response[str]:
    """The terms, the switch, the figures."""
    return await _page(request, house, await settings.terms_of(house.db))


@post(AT, guards=CHANGES)
async def change(request: _Asking, house: House, actor: Actor) -> Response[Any]:
    """Other terms; a key left empty stays as it is."""
    known = await settings.terms_of(house.db)
    form, errors, raw = await read_form(request, _Form)
    address = raw.get("address", "").rstrip("/").removesuffix("/chat/completions")
    if address and not is_address(address):
        errors["address"] = _ADDRESS
    if address and not raw.get("model"):
        errors["model"] = _MODEL
    if form is None or errors:
        ticked = {job for job in JOBS if raw.get(job)}
        return await _page(request, house, known, errors=errors, raw=raw | {"jobs": " ".join(ticked)})
    jobs = frozenset(job for job in JOBS if getattr(form, job))
    asked = replace(known, address=address, model=form.model, jobs=jobs, per_minute=form.per_minute)
    if form.key_password or form.forget_key:
        asked = settings.with_key(house, asked, "" if form.forget_key else form.key_password)
    await house.db.run(lambda tx: settings.change(house, tx, actor, asked))
    return Redirect(f"{AT}?done=saved", status_code=303)


@post(AT + "/switch", guards=CHANGES)
async def switch(request: _Asking, house: House, actor: Actor) -> Response[Any]:
    """On or off with a reason; off holds at once, wherever it is served."""
    form = await request.form()
    on, reason = form.get("on") == "yes", " ".join(str(form.get("reason") or "").replace("\0", "").split())[:500]
    terms = await settings.terms_of(house.db)
    wrong = _REASON if not reason else _INCOMPLETE if on and not terms.complete else ""
    if wrong:
        return await _page(request, house, terms, errors={"reason": wrong}, raw={"reason": reason})
    await house.db.run(lambda tx: settings.switch(house, tx, actor, on=on, reason=reason))
    return Redirect(f"{AT}?done={'on' if on else 'off'}", status_code=303)


@post(AT + "/test", guards=CHANGES, status_code=200)
async def test(request: _Asking, house: House, actor: Actor) -> Response[str]:
    """One question with invented words, to the model as it is set up."""
    rate_limit(house, ("language-model", actor.id), 10, 60)
    terms = await settings.terms_of(house.db)
    return await _page(request, house, terms, steps=await try_it(house, terms))


async def _page(
    request: _Asking, house: House, terms: Terms, *, errors: dict[str, str] | None = None,
    raw: dict[str, str] | None = None, steps: list[Step] | None = None,
) -> Response[str]:  # fmt: skip
    errors, raw = errors or {}, raw or {}
    counted = await store.counts(house.db, house.clock.now() - _DAYS)
    rows = [
        (text, [sum(counted.get(job, {}).get(one, 0) for one in outcomes) for job in JOBS])
        for text, outcomes in ROWS.items()
    ]
    values = {"address": terms.address, "model": terms.model, "per_minute": str(terms.per_minute), "reason": ""} | raw
    done = "" if errors else request.query_params.get("done", "")
    return house.pages.render(
        request, "adapters/language_model.html", status=422 if errors else 200, terms=terms, values=values,
        errors=errors, jobs=raw["jobs"].split() if "jobs" in raw else terms.jobs, work=WORK,
        columns=list(SHORT.values()), rows=rows, done=done,
        since=datetime.fromisoformat(terms.at) if terms.at else None, steps=steps,
    )  # fmt: skip


ROUTES: list[Any] = [page, change, switch, test]
