"""Doors of the team's screen: who is at the desks, the rows when they are stale, one person's day."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.desk import team
from sportello.kit.house import House

_WATCHING = [requires(Permission.SUPERVISE)]


@get("/desk/team", guards=_WATCHING)
async def page(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The whole screen; presence is set by routing's own door."""
    async with house.db.transaction() as tx:
        shown = await team.team(house, tx, actor)
    return house.pages.render(request, "desk/team.html", **shown)


@get("/desk/team/rows", guards=_WATCHING)
async def rows(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The rows alone."""
    async with house.db.transaction() as tx:
        shown = await team.team(house, tx, actor)
    return house.pages.render(request, "desk/_team_rows.html", **shown)


@get("/desk/team/{staff:uuid}/day", guards=_WATCHING)
async def day(request: Request[Any, Any, Any], house: House, actor: Actor, staff: UUID) -> Response[str]:
    """One person's presences of the last day."""
    async with house.db.transaction() as tx:
        name, changes = await team.day_of(house, tx, actor, staff)
    return house.pages.render(request, "desk/_team_day.html", name=name, changes=changes)


ROUTES: list[Any] = [page, rows, day]
