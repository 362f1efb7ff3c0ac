"""The screen that says from when on a wait is long, and too long; it acts at once, every change is on record."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.desk import store
from sportello.desk.store import WaitLevels
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_

_SETS = [requires(Permission.SETTINGS_CHANGE)]
NOT_MORE = N_("It must be more than the first one.")
Seconds = Annotated[int, Meta(ge=5, le=86_400)]


class Levels(Struct):
    """The form; seconds."""

    warn_after: Seconds
    late_after: Seconds


@get("/desk/wait-levels", guards=_SETS)
async def levels_page(request: Request[Any, Any, Any], house: House, done: str = "") -> Response[Any]:
    """The two levels as they stand."""
    async with house.db.transaction() as tx:
        now = await store.wait_levels(tx)
    raw = {"warn_after": str(now.warn_after), "late_after": str(now.late_after)}
    return house.pages.render(request, "desk/wait_levels.html", raw=raw, errors={}, done=bool(done))


@post("/desk/wait-levels", guards=_SETS)
async def set_levels(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Sets both; the desks' lists follow with their next change."""
    form, errors, raw = await read_form(request, Levels)
    if form and form.late_after <= form.warn_after:
        errors = {"late_after": NOT_MORE}
    if form is None or errors:
        return house.pages.render(request, "desk/wait_levels.html", status=422, raw=raw, errors=errors, done=False)
    async with house.db.transaction() as tx:
        before = await store.wait_levels(tx)
        after = WaitLevels(form.warn_after, form.late_after)
        await store.set_wait_levels(tx, after)
        detail = {
            "from": [before.warn_after, before.late_after], "to": [after.warn_after, after.late_after],
        }  # fmt: skip
        await audit.record(house, tx, actor, "desk.wait_levels", detail=detail)
        tx.after_commit(lambda: house.streams.broadcast("board", {"t": "hint"}))
    return Redirect("/desk/wait-levels?done=yes", status_code=303)


ROUTES: list[Any] = [levels_page, set_levels]
