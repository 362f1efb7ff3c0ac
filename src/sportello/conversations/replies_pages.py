"""The screen on which quick replies are written: one's own, and everybody's for those who may."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import replies
from sportello.conversations.replies import Refused, Written
from sportello.conversations.store import replies as store
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.web.site_map import HELP, Place

PLACE = Place(
    "replies", N_("Quick replies"), "chat", ("/desk/replies",), HELP,
    (Permission.TAKE_CONVERSATION, Permission.SHARE_REPLIES), N_("texts shortcuts templates"),
)  # fmt: skip
_BLANK = dict.fromkeys(Written.__struct_fields__, "")
_WRITES = [requires(Permission.TAKE_CONVERSATION, Permission.SHARE_REPLIES)]


@get("/desk/replies", guards=_WRITES)
async def page(request: Request[Any, Any, Any], house: House, actor: Actor, change: str = "") -> Response[str]:
    """All one's replies; `change` opens one to be written."""
    known = await store.read(house.db, wanted) if (wanted := as_uuid(change)) else None
    typed = {}
    if known and replies.may_change(known, actor):
        typed = {
            "id": str(known.id), "shortcut": known.shortcut, "tags": " ".join(known.tags),
            "text_it": known.texts.get("it", ""), "text_en": known.texts.get("en", ""),
            "shared": "" if known.staff else "yes",
        }  # fmt: skip
    return await _page(request, house, actor, typed, {})


@post("/desk/replies", guards=_WRITES)
async def save(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Keeps a reply; refused, all that was typed stands there again."""
    form, errors, typed = await read_form(request, Written)
    if form is None:
        return await _page(request, house, actor, typed, errors)
    try:
        await house.db.run(lambda tx: replies.save(house, tx, actor, form))
    except Refused as no:
        return await _page(request, house, actor, typed, no.errors)
    return Redirect("/desk/replies?done=yes", status_code=303)


@post("/desk/replies/{reply:uuid}/remove", guards=_WRITES)
async def remove(request: Request[Any, Any, Any], house: House, actor: Actor, reply: UUID) -> Response[Any]:
    """Removes a reply."""
    try:
        await house.db.run(lambda tx: replies.remove(house, tx, actor, reply))
    except Refused as no:
        return await _page(request, house, actor, {}, no.errors)
    return Redirect("/desk/replies?done=yes", status_code=303)


async def _page(
    request: Request[Any, Any, Any], house: House, actor: Actor, typed: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    known = await store.all_of(house.db, UUID(actor.id))
    return house.pages.render(
        request, "conversations/replies.html", status=422 if errors else 200, replies=known, typed=_BLANK | typed,
        errors=errors, places=replies.PLACES, mine=lambda one: replies.may_change(one, actor),
        done=request.query_params.get("done", "") and not errors,
    )  # fmt: skip


ROUTES: list[Any] = [page, save, remove]
