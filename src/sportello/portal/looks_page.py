"""Where patients read who looked at their data, when and why."""

from typing import Any

from litestar import Request, get
from litestar.response import Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import patient_door
from sportello.kit.house import House
from sportello.portal.pages import mark
from sportello.record.looks import looks_at


@get("/portal/looks", guards=[patient_door])
async def looks_page(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Newest first; `?before=` goes on where a page ended."""
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    async with house.db.transaction() as tx:
        page = await looks_at(house, tx, actor, before)
    return house.pages.render(request, "portal/looks.html", page=page, first=before is None, chat_session=mark(request))


ROUTES: list[Any] = [looks_page]
