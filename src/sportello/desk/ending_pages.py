"""The way out of a session: end the conversation, write the note, close."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import ending
from sportello.conversations.refusals import NoSuchConversation, NotPossible
from sportello.desk import composing
from sportello.desk.answers import notice, told
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import translate


class Note(Struct):
    """The wrap-up note as typed; its limits are the conversation's."""

    note: str = ""


@post("/desk/sessions/{conversation:uuid}/ending", status_code=200, guards=[requires(Permission.TAKE_CONVERSATION)])
async def end(house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """Ends the conversation; the session shows the wrap-up. Ending what the patient has ended shows it too."""

    async def work(tx: Transaction) -> None:
        await ending.end(house, tx, conversation, actor)

    try:
        await house.db.run(work)
    except NoSuchConversation as refusal:
        raise NotFoundException from refusal
    except NotPossible as refusal:
        return told(notice(translate(actor.language, refusal.message)))
    return told({"desk:renew": {"session": str(conversation)}})


@post("/desk/sessions/{conversation:uuid}/closing", status_code=200, guards=[requires(Permission.TAKE_CONVERSATION)])
async def close(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """Keeps the note and closes; the session leaves the desk by the move that closing is."""
    form, _, raw = await read_form(request, Note)
    note = form.note if form else raw.get("note", "")

    async def work(tx: Transaction) -> None:
        await ending.close(house, tx, conversation, actor, note=note)

    try:
        await house.db.run(work)
    except NoSuchConversation as refusal:
        raise NotFoundException from refusal
    except NotPossible as refusal:
        return await _again(request, house, actor, conversation, note, refusal.message)
    return told({"desk:closed": {"session": str(conversation)}})


async def _again(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, note: str, message: str
) -> Response[Any]:
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation)
    if view is None or not view.wrap_up:
        return told(notice(translate(actor.language, message)) | {"desk:closed": {"session": str(conversation)}})
    return house.pages.render(request, "desk/_wrap_up.html", status=422, view=view, errors={"note": message}, note=note)


ROUTES: list[Any] = [end, close]
