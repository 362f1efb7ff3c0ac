"""The screen of connected systems: who may ask for tokens by itself, which tokens were printed, how to end either."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect
from msgspec import Meta, Struct

from sportello.administration import audit, machines
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.fhir.door.doors import base_of
from sportello.fhir.r4 import ID
from sportello.fhir.smart import registering
from sportello.fhir.smart.registering import Unregistrable
from sportello.fhir.store import clients, links, subscribers
from sportello.fhir.subscriptions import telling
from sportello.fhir.subscriptions.wording import HANDSHAKE
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7

PLACE = place(
    "systems", N_("Connected systems"), "open", "/desk/systems",
    N_("FHIR tokens keys SMART interfaces"),
)  # fmt: skip
CHECKS = {
    "off": N_("taken as they come: what they point to may follow later, or be elsewhere"),
    "exists": N_("refused when what they point to is not here at the end of the request"),
}
UNKNOWN = N_("This choice is not known.")
Asking = Request[Any, Any, Any]


class NewSystem(Struct):
    """What the form sends; `id` is the page's own, so that a double click registers one."""

    id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    scopes: Annotated[str, Meta(max_length=4000)]
    keys: Annotated[str, Meta(max_length=50_000)] = ""
    keys_url: Annotated[str, Meta(max_length=1000)] = ""


@get("/desk/systems", guards=CHANGES)
async def page(request: Asking, house: House) -> Response[str]:
    """Who is registered, which tokens stand, and a form for a new system."""
    return await _page(request, house, {"id": str(uuid7()), "scopes": "system/*.rs"})


@post("/desk/systems", guards=CHANGES)
async def register_door(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """A new system; refused, all that was typed stands there again."""
    form, errors, raw = await read_form(request, NewSystem)
    if form is None:
        return await _page(request, house, raw, errors)
    try:
        await house.db.run(
            lambda tx: registering.register(
                house, tx, actor, client=form.id, name=form.name, scopes=form.scopes, keys=form.keys,
                keys_url=form.keys_url,
            )
        )  # fmt: skip
    except Unregistrable as no:
        return await _page(request, house, raw, {no.field: no.message})
    return Redirect(f"/desk/systems?done=registered#system-{form.id}", status_code=303)


@post("/desk/systems/{client:str}/withdraw", guards=CHANGES)
async def withdraw_door(house: House, actor: Actor, client: str) -> Redirect:
    """Ends a registration and the tokens it was given; the second click ends nothing more."""
    known = _known(client)
    await house.db.run(lambda tx: registering.withdraw(house, tx, actor, known))
    return Redirect("/desk/systems?done=withdrawn", status_code=303)


@post("/desk/systems/tokens/{token:str}/revoke", guards=CHANGES)
async def revoke_door(house: House, actor: Actor, token: str) -> Redirect:
    """Ends a printed token."""
    known = _known(token)
    await house.db.run(lambda tx: machines.revoke(house, tx, actor, token=known))
    return Redirect("/desk/systems?done=revoked", status_code=303)


@post("/desk/systems/subscriptions/{subscription:str}/again", guards=CHANGES)
async def again_door(house: House, actor: Actor, subscription: str) -> Redirect:
    """Greets a system again that was given up; the second click greets nobody."""
    if not ID.fullmatch(subscription):
        raise NotFoundException

    async def work(tx: Transaction) -> None:
        if await subscribers.greet_again(tx, subscription):
            await telling.promise(house, tx, subscription, HANDSHAKE)
            await audit.record(house, tx, actor, "fhir.subscription_again", entity=f"Subscription/{subscription}")

    await house.db.run(work)
    return Redirect("/desk/systems?done=greeted#subscriptions", status_code=303)


def _known(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundException from None


@post("/desk/systems/references", guards=CHANGES)
async def references_door(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """Whether what references point to must be here."""
    how = str((await request.form()).get("link_check") or "")
    if how not in CHECKS:
        return await _page(request, house, {"id": str(uuid7()), "scopes": "system/*.rs"}, {"link_check": UNKNOWN})

    async def work(tx: Transaction) -> None:
        if await links.link_check(tx) != how:
            await links.set_link_check(tx, how, house.clock.now())
            await audit.record(house, tx, actor, "fhir.settings", detail={"references": how})

    await house.db.run(work)
    return Redirect("/desk/systems?done=checked#references", status_code=303)


async def _page(
    request: Asking, house: House, raw: dict[str, str], errors: dict[str, str] | None = None
) -> Response[str]:
    return house.pages.render(
        request, "fhir/systems.html", status=422 if errors else 200, base=base_of(request, house), raw=raw,
        errors=errors or {}, clients=await clients.standing(house.db), tokens=await machines.standing(house, "fhir"),
        subscribers=await subscribers.every(house.db), checks=CHECKS, link_check=await links.link_check(house.db),
        done="" if errors else request.query_params.get("done", ""),
    )  # fmt: skip


ROUTES: list[Any] = [page, register_door, withdraw_door, revoke_door, again_door, references_door]
