"""Doors of the board: the whole, its rows when they are stale, one conversation read along."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import store as talks
from sportello.desk import board, composing, sharing
from sportello.kit.house import House


@get("/desk/board", guards=[requires(Permission.BOARD_WATCH)])
async def board_page(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The board: a part for a tab of the desk, else a page of its own for the wall."""
    async with house.db.transaction() as tx:
        shown = await board.board(house, tx, actor)
    part = bool(request.headers.get("hx-request"))
    return house.pages.render(request, "desk/_board.html" if part else "desk/board.html", **shown)


@get("/desk/board/rows", guards=[requires(Permission.BOARD_WATCH)])
async def board_rows(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Figures and rows alone."""
    async with house.db.transaction() as tx:
        shown = await board.board(house, tx, actor)
    return house.pages.render(request, "desk/_board_rows.html", **shown)


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


ROUTES: list[Any] = [board_page, board_rows, read_along]
