"""The regions that routing makes stale: offers and presence. Answers to an offer go to routing's own doors."""

from typing import Any

from litestar import Request, Response, get

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import offers, sharing
from sportello.kit.house import House


@get("/desk/offers", guards=[signed_in])
async def offer_region(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What rings for this agent."""
    async with house.db.transaction() as tx:
        ringing = await offers.offers(house, tx, actor)
        invited = await sharing.invited(tx, actor)
    return house.pages.render(request, "desk/_offers.html", offers=ringing, invited=invited)


@get("/desk/presence", guards=[signed_in])
async def presence_region(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """The presence as it stands."""
    async with house.db.transaction() as tx:
        standing = await offers.presence(house, tx, actor)
    if standing is None:
        return Response("", media_type="text/html")
    return house.pages.render(request, "desk/_presence.html", presence=standing)


ROUTES: list[Any] = [offer_region, presence_region]
