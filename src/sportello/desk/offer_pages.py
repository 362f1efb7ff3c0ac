"""The regions that routing makes stale: offers and presence, and how offers are told. Answers to an offer go to
routing's own doors.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires, signed_in
from sportello.desk import offers, sharing
from sportello.desk.answers import notice, told
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import noticing
from sportello.routing.store.choices import Choice

USUAL, KEPT = N_("As the workstream says"), N_("Saved.")


class Wanted(Struct):
    """The form of the Notifications dialog."""

    sound: str = ""
    repeats: str = ""
    desktop: str = ""


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


@get("/desk/notices", guards=[requires(Permission.TAKE_CONVERSATION)])
async def notices(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """How this agent is told of work."""
    choice = await noticing.choice_of(house.db, UUID(actor.id))
    said = [("", translate(actor.language, USUAL))]
    said += [(key, translate(actor.language, text)) for key, text in noticing.SOUNDS.items()]
    return house.pages.render(request, "desk/_notices.html", choice=choice, sounds=said)


@post("/desk/notices", status_code=200, guards=[requires(Permission.TAKE_CONVERSATION)])
async def choose_notices(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Keeps it; every window of the agent rings so from the next reload on, this one at once."""
    form, _, _ = await read_form(request, Wanted)
    wanted = form or Wanted()
    choice = Choice(
        wanted.sound if wanted.sound in noticing.SOUNDS else "", wanted.repeats == "yes", wanted.desktop == "yes"
    )
    async with house.db.transaction() as tx:
        await noticing.choose(tx, UUID(actor.id), choice)
    kept = {"sound": choice.sound, "repeats": choice.repeats, "desktop": choice.desktop}
    return told(notice(translate(actor.language, KEPT), "ok") | {"desk:notices": kept})


ROUTES: list[Any] = [notices, choose_notices, offer_region, presence_region]
