"""The screen where it is set how long which kind of data is kept."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.privacy import policy
from sportello.administration.privacy.holdings import Kind
from sportello.administration.privacy.policy import KINDS, MOST, Policy
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.house import House
from sportello.kit.i18n import N_

PLACE = place(
    "retention", N_("How long data are kept"), "lock", "/desk/retention",
    N_("retention GDPR erase policy months"),
)  # fmt: skip
WRONG = N_("Write whole months from 0 to 1200, or nothing for: without end.")
Asking = Request[Any, Any, Any]


@get("/desk/retention", guards=CHANGES)
async def page(request: Asking, house: House) -> Response[str]:
    """What is in force, with what is suggested and why."""
    in_force = await policy.in_force(house.db)
    typed = {kind: "" if one.months is None else str(one.months) for kind, one in in_force.items()}
    ticked = {kind: one.on_request for kind, one in in_force.items()}
    return _page(request, house, typed, ticked, in_force["conversation"].by_itself, {})


@post("/desk/retention", guards=CHANGES)
async def change(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """From now on other terms; refused, all that was typed stands there again."""
    form = await request.form()
    typed = {kind: str(form.get(f"{kind}-months", "")).strip()[:10] for kind in KINDS}
    ticked = {kind: form.get(f"{kind}-on-request") == "yes" for kind in KINDS}
    by_itself = form.get("conversation-by-itself") == "yes"
    asked: dict[Kind, Policy] = {}
    errors = {}
    for kind, text in typed.items():
        if text and not (text.isascii() and text.isdigit() and int(text) <= MOST):
            errors[f"{kind}-months"] = WRONG
            continue
        asked[kind] = Policy(int(text) if text else None, ticked[kind], kind == "conversation" and by_itself)
    if errors:
        return _page(request, house, typed, ticked, by_itself, errors)
    await house.db.run(lambda tx: policy.change(house, tx, actor, asked))
    return Redirect("/desk/retention?done=yes", status_code=303)


def _page(
    request: Asking,
    house: House,
    typed: dict[Kind, str],
    ticked: dict[Kind, bool],
    by_itself: bool,
    errors: dict[str, str],
) -> Response[str]:
    return house.pages.render(
        request, "administration/retention.html", status=422 if errors else 200, typed=typed, ticked=ticked,
        by_itself=by_itself, errors=errors, names=policy.NAMES, reasons=policy.REASONS, suggested=policy.SUGGESTED,
        done=request.query_params.get("done", "") and not errors,
    )  # fmt: skip


ROUTES: list[Any] = [page, change]
