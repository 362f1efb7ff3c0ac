"""Where patients ask for a copy of all their data, fetch it, and ask to be forgotten."""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import patient_door
from sportello.administration.privacy import copying, erasing, store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.security.rate_limit import rate_limit
from sportello.portal.pages import mark

_SHOWN = 10
Asking = Request[Any, Any, Any]


@get("/portal/data", guards=[patient_door])
async def data_page(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """What was asked and what became of it."""
    async with house.db.transaction() as tx:
        copies = await store.copies(tx, _SHOWN, actor.id)
        erasures = await store.erasures_of(tx, actor.id, _SHOWN)
    return house.pages.render(
        request, "portal/data.html", copies=copies, erasures=erasures, ids=[str(uuid7()), str(uuid7())],
        asked=request.query_params.get("asked", ""), chat_session=mark(request),
    )  # fmt: skip


@post("/portal/data/{what:str}", guards=[patient_door])
async def ask_door(request: Asking, house: House, actor: Actor, what: str) -> Redirect:
    """Keeps the request; staff decide. A second one while the first waits is the first."""
    rate_limit(house, ("portal.data", actor.id), 10, 3600)
    form = await request.form()
    known = as_uuid(str(form.get("id", ""))) or uuid7()

    async def work(tx: Transaction) -> None:
        if what == "copy":
            await copying.ask(house, tx, actor, known, actor.id, actor.language, "portal")
        elif what == "erasure":
            await erasing.ask(house, tx, actor, known, actor.id, "", "portal")
        else:
            raise NotFoundException

    await house.db.run(work)
    return Redirect(f"/portal/data?asked={what}", status_code=303)


@get("/portal/data/{copy:str}/data.zip", guards=[patient_door])
async def packet_door(house: House, actor: Actor, copy: str) -> Response[bytes]:
    """The packet, for whom it is."""
    known = as_uuid(copy)
    content = await house.db.run(lambda tx: copying.fetch(house, tx, actor, known)) if known else None
    if content is None:
        raise NotFoundException
    headers = {"content-disposition": 'attachment; filename="data.zip"', "cache-control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


ROUTES: list[Any] = [data_page, ask_door, packet_door]
