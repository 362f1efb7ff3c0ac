"""The desk's pages and regions: the whole desk, one session, the list."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.conversations.store import mentions
from sportello.desk import composing, links, look_pages, offers, sessions, sharing, store
from sportello.desk.tab_pages import conversation_of
from sportello.kit.house import House
from sportello.kit.look import look_of as carried
from sportello.routing import noticing


@get("/desk", guards=[signed_in])
async def desk(
    request: Request[Any, Any, Any], house: House, actor: Actor, session: str = "", tab: str = "", kind: str = ""
) -> Response[Any]:
    """The desk at Home; `?session=…&tab=…` is a link to a session and one of its tabs, which it opens."""
    if not session and not tab:
        return await _desk(request, house, actor, None)
    async with house.db.transaction() as tx:
        there = await links.follow(house, tx, actor, session, tab, kind)
    return Redirect(there, status_code=303)


@get("/desk/sessions/{session:str}", guards=[signed_in])
async def one_session(request: Request[Any, Any, Any], house: House, actor: Actor, session: str) -> Response[Any]:
    """One session: alone for the stage, else the whole desk showing it. One that is over is shown to be read."""
    conversation = conversation_of(session)
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation) if conversation else None
        elsewhere = await links.to_read(tx, actor, conversation) if conversation and not view else ""
    if request.headers.get("hx-request"):
        if view is None:
            raise NotFoundException
        return house.pages.render(request, "desk/_session.html", view=view)
    return Redirect(elsewhere, status_code=303) if elsewhere else await _desk(request, house, actor, conversation)


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
        levels = await store.wait_levels(tx)
    return house.pages.render(request, "desk/_sessions.html", sessions=items, levels=levels, view=None)


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
            "mentions": await mentions.unseen(tx, UUID(actor.id)),
            "invited": await sharing.invited(tx, actor),
            "notice": await noticing.choice_of(tx, UUID(actor.id)),
            "presence": standing,
            "levels": await store.wait_levels(tx),
        }
        look = await look_pages.look_of(tx, actor) or carried(request)
    page = house.pages.render(request, "desk/desk.html", view=view, after=after, here="/desk", look=look, **context)
    if look != carried(request):
        look_pages.carry(house, page, look)
    return page


ROUTES: list[Any] = [desk, one_session, session_part, home, session_list]
