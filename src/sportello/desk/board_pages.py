"""Doors of the board: the whole, its rows when they are stale, one conversation read along."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import store as talks
from sportello.desk import board, composing, sharing
from sportello.desk.answers import notice, told
from sportello.kit.forms import convert, read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

KEPT = N_("The board opens with this filter from now on.")
_WATCHES = [requires(Permission.BOARD_WATCH)]


@get("/desk/board", guards=_WATCHES)
async def board_page(request: Request[Any, Any, Any], house: House, actor: Actor, agent: str = "") -> Response[str]:
    """The board with the person's own filter: a part for a tab of the desk, else a page of its own for the wall."""
    async with house.db.transaction() as tx:
        chosen = board.Filter(agent=agent) if agent else await board.kept(tx, actor)
        shown = await board.board(house, tx, actor, chosen)
        offered = await board.fields(house, tx, actor)
    part = bool(request.headers.get("hx-request"))
    template = "desk/_board.html" if part else "desk/board.html"
    return house.pages.render(request, template, chosen=chosen, **offered, **shown)


@post("/desk/board/rows", status_code=200, guards=_WATCHES)
async def board_rows(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Figures and rows alone, for a filter."""
    chosen = await _chosen(request)
    async with house.db.transaction() as tx:
        shown = await board.board(house, tx, actor, chosen)
    return house.pages.render(request, "desk/_board_rows.html", **shown)


@post("/desk/board/filter", status_code=200, guards=_WATCHES)
async def keep_filter(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """The board opens with this filter from now on."""
    chosen = await _chosen(request)
    async with house.db.transaction() as tx:
        await board.keep(house, tx, actor, chosen)
    return told(notice(translate(actor.language, KEPT), "ok"))


async def _chosen(request: Request[Any, Any, Any]) -> board.Filter:
    form, errors, raw = await read_form(request, board.Filter)
    if form is not None:
        return form
    # What is not among the choices narrows nothing.
    known = {name: value for name, value in raw.items() if name not in errors}
    return convert(known, board.Filter)[0] or board.Filter()


@get("/desk/board/{conversation:uuid}/assigning", guards=[requires(Permission.SUPERVISE)])
async def assigning(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """Whom a conversation can be given to, with what each has; the answer goes to routing's own door."""
    async with house.db.transaction() as tx:
        talk = await talks.get(tx, conversation)
        if talk is None:
            raise NotFoundException
        shown = await sharing.choices(house, tx, actor, talk)
    return house.pages.render(request, "desk/_assigning.html", talk=talk, people=shown["people"])


@get("/desk/board/{conversation:uuid}", guards=[requires(Permission.SUPERVISE)])
async def read_along(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """One conversation for a supervisor who reads along; that they did is on record."""
    async with house.db.transaction() as tx:
        view = await composing.read_along(house, tx, actor, conversation)
        if view is None:
            raise NotFoundException
        talk = await talks.get(tx, conversation)
        assert talk is not None
        shown = await sharing.choices(house, tx, actor, talk)
    return house.pages.render(request, "desk/_read_along.html", view=view, **shown)


ROUTES: list[Any] = [board_page, board_rows, keep_filter, assigning, read_along]
