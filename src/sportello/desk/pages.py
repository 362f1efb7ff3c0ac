"""The desk's pages and regions: the whole desk, one session, the list, the work, the palette."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import composing, offers, palette, sessions, sharing, views
from sportello.desk.tab_pages import conversation_of
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

HOME = N_("Home")


class Sought(Struct):
    """What was typed into the palette."""

    q: str = ""


@get("/desk", guards=[signed_in])
async def desk(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The desk at Home."""
    return await _desk(request, house, actor, None)


@get("/desk/sessions/{session:str}", guards=[signed_in])
async def one_session(request: Request[Any, Any, Any], house: House, actor: Actor, session: str) -> Response[str]:
    """One session: alone for the stage, else the whole desk showing it."""
    conversation = conversation_of(session)
    if not request.headers.get("hx-request"):
        return await _desk(request, house, actor, conversation)
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation) if conversation else None
    if view is None:
        raise NotFoundException
    return house.pages.render(request, "desk/_session.html", view=view)


@get(
    ["/desk/sessions/{conversation:uuid}/" + part for part in ("head", "log", "foot")],
    guards=[signed_in],
)
async def session_part(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[str]:
    """A session's head, log or foot alone, when the conversation moved."""
    part = request.url.path.rpartition("/")[2]
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation)
    if view is None:
        raise NotFoundException
    template = {"head": "_session_head", "log": "_log", "foot": "_session_foot"}[part]
    return house.pages.render(request, f"desk/{template}.html", view=view)


@get("/desk/home", guards=[signed_in])
async def home(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Home for the stage."""
    async with house.db.transaction() as tx:
        await sessions.open_home(house, tx, UUID(actor.id))
        view = await composing.tabs_view(house, tx, actor, None)
    return house.pages.render(request, "desk/_home.html", home=view)


@get("/desk/sessions", guards=[signed_in])
async def session_list(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The list of sessions."""
    async with house.db.transaction() as tx:
        items = await composing.session_items(house, tx, actor)
    return house.pages.render(request, "desk/_sessions.html", sessions=items, view=None)


@get("/desk/work", guards=[signed_in])
async def work(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What is mine and who waits, in a tab."""
    async with house.db.transaction() as tx:
        lists = await composing.work(house, tx, actor)
    return house.pages.render(request, "desk/_work.html", **lists)


@get("/desk/work-lists", guards=[signed_in])
async def work_lists(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The same lists alone, when they are stale."""
    async with house.db.transaction() as tx:
        lists = await composing.work(house, tx, actor)
    return house.pages.render(request, "desk/_work_lists.html", **lists)


@post("/desk/palette", status_code=200, guards=[signed_in])
async def find(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What Ctrl+K finds; a POST, for what is typed may be a patient's name."""
    form, _, _ = await read_form(request, Sought)
    sought = (form.q if form else "")[:100]
    async with house.db.transaction() as tx:
        items = await composing.session_items(house, tx, actor)
        parts = views.choices(house, actor.language, actor.permissions, None, None)
        found = palette.known(items, parts, translate(actor.language, HOME), actor.language, sought)
        found += await palette.patients(house, tx, actor, sought)
    return house.pages.render(request, "desk/_palette.html", items=found)


async def _desk(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID | None
) -> Response[str]:
    async with house.db.transaction() as tx:
        standing = await offers.presence(house, tx, actor)
        await sessions.open_home(house, tx, UUID(actor.id))
    # The stream's number is read before the rest: what happens while the page is made is told by the line again.
    after = await house.streams.head(f"desk:{actor.id}")
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation) if conversation else None
        if conversation and view is None:
            raise NotFoundException
        context: dict[str, Any] = {
            "home": await composing.tabs_view(house, tx, actor, None),
            "sessions": await composing.session_items(house, tx, actor),
            "offers": await offers.offers(house, tx, actor),
            "invited": await sharing.invited(tx, actor),
            "presence": standing,
        }
    return house.pages.render(request, "desk/desk.html", view=view, after=after, here="/desk", **context)


ROUTES: list[Any] = [desk, one_session, session_part, home, session_list, work, work_lists, find]
