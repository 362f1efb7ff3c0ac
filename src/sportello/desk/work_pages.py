"""Doors of the work lists: an overview, each list with its filter, its next page."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires, signed_in
from sportello.conversations.store.work import Kind
from sportello.desk import composing, work
from sportello.desk.work import Asked
from sportello.kit.forms import read_form
from sportello.kit.house import House

_WORKS = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)]


@get("/desk/work", guards=[signed_in])
async def overview(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What is mine and who waits, in a tab."""
    async with house.db.transaction() as tx:
        lists = await composing.work(house, tx, actor)
    return house.pages.render(request, "desk/_work.html", **lists)


@get("/desk/work-lists", guards=[signed_in])
async def overview_lists(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The same lists alone, when they are stale."""
    async with house.db.transaction() as tx:
        lists = await composing.work(house, tx, actor)
    return house.pages.render(request, "desk/_work_lists.html", **lists)


@get("/desk/work-list/{kind:str}", guards=_WORKS)
async def one_list(
    request: Request[Any, Any, Any], house: House, actor: Actor, kind: str, patient: str = ""
) -> Response[str]:
    """A list with its filter; `patient` narrows it to one patient's conversations from the start."""
    which = _kind(kind)
    async with house.db.transaction() as tx:
        asked = Asked(patient=patient)
        shown = await work.page(house, tx, actor, which, asked)
        fields = await work.choices(house, tx, actor, patient)
    return house.pages.render(request, "desk/_work_list.html", kind=which.value, page=shown, **fields)


@post("/desk/work-list/{kind:str}", status_code=200, guards=_WORKS)
async def rows(request: Request[Any, Any, Any], house: House, actor: Actor, kind: str) -> Response[str]:
    """The rows for a filter, or the page behind the last one; a POST, for a name may be sought."""
    which = _kind(kind)
    form, errors, _ = await read_form(request, Asked)
    if form is None:
        return house.pages.render(request, "desk/_work_refused.html", status=422, errors=errors)
    async with house.db.transaction() as tx:
        shown = await work.page(house, tx, actor, which, form)
    template = "desk/_work_rows.html" if form.behind else "desk/_work_table.html"
    return house.pages.render(request, template, kind=which.value, page=shown)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as unknown:
        raise NotFoundException from unknown


ROUTES: list[Any] = [overview, overview_lists, one_list, rows]
