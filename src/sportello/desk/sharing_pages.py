"""Doors of the Colleagues dialog and of the strip that shows who shares a conversation."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires, signed_in
from sportello.conversations import store as talks
from sportello.conversations.refusals import NotPossible
from sportello.conversations.store import Conversation
from sportello.desk import composing, sharing
from sportello.desk.answers import notice, told
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import as_uuid
from sportello.routing import colleagues, supervising
from sportello.routing.people import NO_AGENT

KINDS = ("consult", "join", "transfer", "queue")
CHOOSE_SOMEBODY, CHOOSE_QUEUE = N_("Choose a colleague."), N_("Choose a queue.")
ASKED = N_("%(name)s has been asked.")
PUT = N_("The conversation is in the queue.")
_TAKING = [requires(Permission.TAKE_CONVERSATION)]


class Wish(Struct):
    """What the dialog's form says."""

    kind: str = "consult"
    staff: str = ""
    queue: str = ""
    note: str = ""


async def _mine(tx: Transaction, actor: Actor, conversation: UUID) -> Conversation:
    talk = await talks.get(tx, conversation)
    if talk is None or not colleagues.may_share(talk, actor):
        raise NotFoundException
    return talk


@get("/desk/sessions/{conversation:uuid}/colleagues", guards=_TAKING)
async def dialog(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, do: str = "consult"
) -> Response[str]:
    """The form: ask for advice, to join, to take over, or put into a queue."""
    async with house.db.transaction() as tx:
        talk = await _mine(tx, actor, conversation)
        shown = await sharing.choices(house, tx, actor, talk)
    wish = Wish(do if do in KINDS else "consult")
    return house.pages.render(request, "desk/_colleagues.html", talk=talk, wish=wish, errors={}, **shown)


@post("/desk/sessions/{conversation:uuid}/colleagues", status_code=200, guards=_TAKING)
async def ask(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """Asks, or puts into a queue; refused, the form comes back as it was filled in."""
    form, _, _ = await read_form(request, Wish)
    wish = form or Wish()

    async def work(tx: Transaction) -> str:
        return await _do(house, tx, actor, conversation, wish)

    try:
        said = await house.db.run(work)
    except NotPossible as refused:
        return await _again(request, house, actor, conversation, wish, refused)
    return told(notice(said, "ok") | {"desk:shared": {"session": str(conversation)}})


async def _do(house: House, tx: Transaction, actor: Actor, conversation: UUID, wish: Wish) -> str:
    language = actor.language
    if wish.kind == "queue":
        if not wish.queue:
            raise NotPossible(CHOOSE_QUEUE, "queue")
        await supervising.release(house, tx, conversation, actor, wish.queue, wish.note)
        return translate(language, PUT)
    staff = as_uuid(wish.staff)
    if staff is None or wish.kind not in KINDS:
        raise NotPossible(CHOOSE_SOMEBODY if wish.kind in KINDS else NO_AGENT, "staff")
    made = await colleagues.ask(
        house, tx, conversation, kind=wish.kind, staff=staff, actor=actor, note=wish.note  # type: ignore[arg-type]
    )  # fmt: skip
    return translate(language, ASKED, name=made.asked_name)


async def _again(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, wish: Wish, refused: NotPossible
) -> Response[Any]:
    async with house.db.transaction() as tx:
        talk = await talks.get(tx, conversation)
        if talk is None:
            raise NotFoundException from refused
        shown = await sharing.choices(house, tx, actor, talk)
    message = translate(actor.language, refused.message, **refused.params)
    if not colleagues.may_share(talk, actor):
        return told(notice(message) | {"desk:shared": {"session": str(conversation)}})
    field = refused.code if refused.code in ("staff", "queue") else ""
    return house.pages.render(
        request, "desk/_colleagues.html", status=422, talk=talk, wish=wish, errors={field: message}, **shown
    )


@get("/desk/sessions/{conversation:uuid}/parties", guards=[signed_in])
async def parties(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """The strip alone."""
    async with house.db.transaction() as tx:
        view = await composing.session_view(house, tx, actor, conversation)
    if view is None:
        raise NotFoundException
    return house.pages.render(request, "desk/_parties.html", view=view)


ROUTES: list[Any] = [dialog, ask, parties]
