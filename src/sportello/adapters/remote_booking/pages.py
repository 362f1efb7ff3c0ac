"""The screen of who keeps the calendars: here or another system, its address, how it books, a test, what was asked."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.adapters.remote_booking import terms as terms_module
from sportello.adapters.remote_booking.terms import Terms, faults, server_of, terms_of
from sportello.adapters.remote_booking.trying import try_it
from sportello.adapters.remote_fhir.pages import KEYS
from sportello.adapters.remote_fhir.trying import Step
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.language import language_of
from sportello.kit.security.rate_limit import rate_limit
from sportello.scheduling import elsewhere

AT = "/desk/other-calendars"
PLACE = place(
    "other-calendars", N_("Who keeps the calendars"), "calendar", AT,
    N_("booking FHIR server hospital remote slots schedule connection"),
)  # fmt: skip
_SHOWN = 12
WHAT = {"book": N_("Booking a visit"), "move": N_("Moving a visit"), "cancel": N_("Cancelling a visit")}
THERE = {"move": N_("Moved there by hand"), "cancel": N_("Cancelled there by hand")}
STATES = {
    "sending": N_("Without an answer yet"),
    "lost": N_("Without an answer: it is looked for"),
    "made": N_("Done there"),
    "kept": N_("Done, there and here"),
    "refused": N_("Refused: the time was taken"),
    "undoing": N_("It is looked for"),
    "undone": N_("Taken back"),
    "stuck": N_("Look at the other system: what it has differs from here"),
}
Asking = Request[Any, Any, Any]


@get(AT, guards=CHANGES)
async def page(request: Asking, house: House) -> Response[str]:
    """The choice in force, and how the other system does."""
    return await _page(request, house, await terms_of(house, house.db), {})


@post(AT, guards=CHANGES, status_code=200)
async def change(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """Another choice; refused, all that was typed stands there again."""
    asked, errors, raw = await read_form(request, Terms)
    if asked is not None:
        asked = msgspec.structs.replace(
            asked, address=asked.address.strip(), client=asked.client.strip(),
            patients=asked.patients.strip(),
        )  # fmt: skip
        language = language_of(request, house.settings)
        found = await faults(house, asked)
        errors = {name: translate(language, text, **values) for name, (text, values) in found.items()}
    if asked is None or errors:
        return await _page(request, house, asked or await terms_of(house, house.db), errors, raw)
    await house.db.run(lambda tx: terms_module.change(house, tx, actor, asked))
    return Redirect(f"{AT}?done=saved", status_code=303)


@post(AT + "/test", guards=CHANGES, status_code=200)
async def test(request: Asking, house: House, actor: Actor) -> Response[str]:
    """Asks the other system as it is set up, and says step by step how far it came."""
    rate_limit(house, ("other-calendars", actor.id), 10, 60)
    known = await terms_of(house, house.db)
    there = (await server_of(house, known)).address
    return await _page(request, house, known, {}, steps=await try_it(house, known) if there else [])


async def _page(
    request: Asking, house: House, known: Terms, errors: dict[str, str], raw: dict[str, str] | None = None,
    steps: list[Step] | None = None,
) -> Response[str]:  # fmt: skip
    values: dict[str, Any] = {name: getattr(known, name) for name in Terms.__struct_fields__} | (raw or {})
    for box in ("shares", "writes"):
        values[box] = box in raw if raw is not None else getattr(known, box)
    public = house.settings.server.public_url or str(request.base_url)
    return house.pages.render(
        request, "adapters/other_calendars.html", status=422 if errors else 200, values=values, errors=errors,
        steps=steps, jwks=public.rstrip("/") + KEYS, what=WHAT, there=THERE, states=STATES,
        watch=await house.db.run(elsewhere.followed),
        orders=await house.db.run(lambda tx: elsewhere.asked_lately(tx, _SHOWN)),
        done="" if errors else request.query_params.get("done", ""),
    )  # fmt: skip


ROUTES: list[Any] = [page, change, test]
