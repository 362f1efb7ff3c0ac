"""Doors of the application tabs: open, choose, close, and one part of the desk on a page of its own."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.exceptions import HTTPException, NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import composing, tabs
from sportello.desk.rules import MOST_TABS, may_show
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.ids import as_uuid

# What closes tabs, as `tabs.py` has it: house, transaction, staff, conversation, tab.
Close = Callable[[House, Transaction, UUID, UUID | None, str], Awaitable[object]]


class OpenTab(Struct):
    """What is to be shown."""

    url: str
    title: str = ""
    kind: str = ""


class Order(Struct):
    """How the tabs stand from now on, by their ids."""

    tabs: list[str]


class Look(Struct):
    """Which tab is looked at."""

    tab: str


def conversation_of(session: str) -> UUID | None:
    """The conversation that an address names; Home has none."""
    if session == "home":
        return None
    conversation = as_uuid(session)
    if conversation is None:
        raise NotFoundException
    return conversation


@get("/desk/sessions/{session:str}/tabs", guards=[signed_in])
async def all_tabs(request: Request[Any, Any, Any], house: House, actor: Actor, session: str) -> Response[str]:
    """The row of tabs, for another window of the same agent."""
    async with house.db.transaction() as tx:
        view = await composing.tabs_view(house, tx, actor, conversation_of(session))
    return house.pages.render(request, "desk/_tablist.html", view=_found(view))


@post("/desk/sessions/{session:str}/tabs", status_code=200, guards=[signed_in])
async def open_tab(request: Request[Any, Any, Any], house: House, actor: Actor, session: str) -> Response[str]:
    """Opens a part of the desk in a tab."""
    form, _, _ = await read_form(request, OpenTab)
    conversation = conversation_of(session)
    if form is None:
        raise HTTPException(status_code=400)
    try:
        tab = tabs.new_tab(form.url, form.kind, form.title)
        async with house.db.transaction() as tx:
            await tabs.open_tab(house, tx, UUID(actor.id), conversation, tab)
            view = await composing.tabs_view(house, tx, actor, conversation)
    except tabs.NotShown as refusal:
        raise HTTPException(status_code=400) from refusal
    except tabs.NoSuchSession as refusal:
        raise NotFoundException from refusal
    return house.pages.render(request, "desk/_tablist.html", view=_found(view))


@put("/desk/sessions/{session:str}/tabs/order", status_code=204, guards=[signed_in])
async def put_in_order(house: House, actor: Actor, session: str, data: Order) -> None:
    """Arranges the tabs."""
    conversation, wanted = conversation_of(session), data.tabs[: 2 * MOST_TABS]
    async with house.db.transaction() as tx:
        try:
            await tabs.put_in_order(house, tx, UUID(actor.id), conversation, wanted)
        except tabs.NoSuchSession as refusal:
            raise NotFoundException from refusal


@delete("/desk/sessions/{session:str}/tabs/{tab:str}/others", status_code=200, guards=[signed_in])
async def close_others(
    request: Request[Any, Any, Any], house: House, actor: Actor, session: str, tab: str
) -> Response[str]:
    """Closes all tabs but one."""
    return await _closed(request, house, actor, session, tab, tabs.close_others)


@delete("/desk/sessions/{session:str}/tabs/{tab:str}", status_code=200, guards=[signed_in])
async def close_tab(
    request: Request[Any, Any, Any], house: House, actor: Actor, session: str, tab: str
) -> Response[str]:
    """Closes a tab."""
    return await _closed(request, house, actor, session, tab, tabs.close_tab)


async def _closed(
    request: Request[Any, Any, Any], house: House, actor: Actor, session: str, tab: str, close: Close
) -> Response[str]:
    conversation = conversation_of(session)
    async with house.db.transaction() as tx:
        try:
            await close(house, tx, UUID(actor.id), conversation, tab)
        except tabs.NoSuchSession as refusal:
            raise NotFoundException from refusal
        view = await composing.tabs_view(house, tx, actor, conversation)
    return house.pages.render(request, "desk/_tablist.html", view=_found(view))


@put("/desk/sessions/{session:str}/tabs/current", status_code=204, guards=[signed_in])
async def look_at(house: House, actor: Actor, session: str, data: Look) -> None:
    """Remembers which tab is looked at."""
    async with house.db.transaction() as tx:
        try:
            await tabs.look_at(tx, UUID(actor.id), conversation_of(session), data.tab)
        except tabs.NoSuchSession as refusal:
            raise NotFoundException from refusal


@get("/desk/view", guards=[signed_in])
async def view_alone(request: Request[Any, Any, Any], house: House, url: str = "") -> Response[str]:
    """One part of the desk in a window of its own; only local parts are shown."""
    if not may_show(url):
        raise NotFoundException
    return house.pages.render(request, "desk/view.html", url=url)


def _found(view: Any) -> Any:
    if view is None:
        raise NotFoundException
    return view


ROUTES: list[Any] = [all_tabs, open_tab, put_in_order, close_others, close_tab, look_at, view_alone]
