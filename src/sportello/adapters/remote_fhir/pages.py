"""The screen of where the clinical record is: our own store or the hospital's server, its terms, and its state."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.adapters.remote_fhir import signing, store, terms
from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.terms import Terms
from sportello.adapters.remote_fhir.trying import Step, try_it
from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.rate_limit import rate_limit

_AT = "/desk/clinical-record"
KEYS = "/fhir-client/jwks.json"
PLACE = place(
    "clinical-record", N_("Where the clinical record is"), "open", _AT,
    N_("FHIR server hospital remote R4 SMART keys connection"),
)  # fmt: skip
_SHOWN = 12
OUTCOMES = {
    "sending": N_("Without an answer: look at the server"),
    "kept": N_("Taken"),
    "stale": N_("Refused: somebody else was quicker"),
    "read-only": N_("Refused: read-only"),
    "refused": N_("Refused by the server"),
    "away": N_("Not taken: no answer"),
    "unknown": N_("Without an answer: look at the server"),
}
Asking = Request[Any, Any, Any]


@get(_AT, guards=CHANGES)
async def page(request: Asking, house: House) -> Response[str]:
    """The choice in force, and how the server does."""
    return await _page(request, house, await terms.terms_of(house), {})


@post(_AT, guards=CHANGES)
async def change(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """Another choice; refused, all that was typed stands there again."""
    asked, errors, raw = await read_form(request, Terms)
    if asked is not None:
        asked = msgspec.structs.replace(asked, writes="writes" in raw, address=asked.address.strip(),
                                        client=asked.client.strip())  # fmt: skip
        errors = terms.faults(asked)
    if asked is None or errors:
        return await _page(request, house, asked or await terms.terms_of(house), errors, raw)
    await house.db.run(lambda tx: terms.change(house, tx, actor, asked))
    return Redirect(f"{_AT}?done=saved", status_code=303)


@post(_AT + "/test", guards=CHANGES)
async def test(request: Asking, house: House, actor: Actor) -> Response[str]:
    """Asks the server as it is set up, and says step by step how far it came."""
    rate_limit(house, ("clinical-record", actor.id), 10, 60)
    known = await terms.terms_of(house)
    return await _page(request, house, known, {}, steps=await try_it(house, known) if known.address else [])


@post(_AT + "/keys", guards=CHANGES)
async def renew_keys(house: House, actor: Actor) -> Redirect:
    """New keys sign from now on; the old ones can be read for two days more."""
    await signing.make_keys(house)
    await house.db.run(lambda tx: audit.record(house, tx, actor, "record.keys"))
    house.port(Links).renew()
    return Redirect(f"{_AT}?done=keys", status_code=303)


@get(KEYS, opt={"open_door": "public keys are for everybody"})
async def published_keys(house: House) -> Response[dict[str, Any]]:
    """The keys with which Sportello signs, for the hospital's server."""
    return Response(await signing.published(house), headers={"cache-control": "max-age=300"})


async def _page(
    request: Asking, house: House, known: Terms, errors: dict[str, str], raw: dict[str, str] | None = None,
    steps: list[Step] | None = None,
) -> Response[str]:  # fmt: skip
    values: dict[str, Any] = {name: getattr(known, name) for name in Terms.__struct_fields__} | (raw or {})
    values["writes"] = "writes" in raw if raw is not None else known.writes
    public = house.settings.server.public_url or str(request.base_url)
    return house.pages.render(
        request, "adapters/clinical_record.html", status=422 if errors else 200, values=values, errors=errors,
        terms=known, steps=steps, jwks=public.rstrip("/") + KEYS, figures=await store.figures(house.db),
        changes=await store.changes(house.db, _SHOWN), outcomes=OUTCOMES,
        done="" if errors else request.query_params.get("done", ""),
    )  # fmt: skip


ROUTES: list[Any] = [page, change, test, renew_keys, published_keys]
