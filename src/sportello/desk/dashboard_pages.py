"""Doors of the dashboards: one of them, its cards when they are stale, another order of them."""

from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import dashboards
from sportello.kit.forms import read_form
from sportello.kit.house import House


class Move(Struct):
    """A card and where it goes."""

    card: str
    by: Literal["-1", "1"]


def _open(actor: Actor, key: str) -> None:
    if key not in dict(dashboards.open_to(actor)):
        raise NotFoundException


@get("/desk/dashboards/{key:str}", guards=[signed_in])
async def dashboard(request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Response[str]:
    """A dashboard, with the others to choose from."""
    _open(actor, key)
    async with house.db.transaction() as tx:
        cards = await dashboards.cards(house, tx, actor, key)
    return house.pages.render(request, "desk/_dashboard.html", key=key, cards=cards, offered=dashboards.open_to(actor))


@get("/desk/dashboards/{key:str}/cards", guards=[signed_in])
async def renewed(request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Response[str]:
    """The cards alone."""
    _open(actor, key)
    async with house.db.transaction() as tx:
        cards = await dashboards.cards(house, tx, actor, key)
    return house.pages.render(request, "desk/_cards.html", key=key, cards=cards)


@post("/desk/dashboards/{key:str}/order", status_code=200, guards=[signed_in])
async def arrange(request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Response[str]:
    """Moves a card; the order is the person's own."""
    _open(actor, key)
    form, _, _ = await read_form(request, Move)
    async with house.db.transaction() as tx:
        if form:
            await dashboards.move(house, tx, actor, key, form.card, int(form.by))
        cards = await dashboards.cards(house, tx, actor, key)
    return house.pages.render(request, "desk/_cards.html", key=key, cards=cards)


ROUTES: list[Any] = [dashboard, renewed, arrange]
