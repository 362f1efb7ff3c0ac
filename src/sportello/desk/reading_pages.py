"""What is opened to be read: a conversation that is over or somebody else's, a script before it is followed."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import store as talks
from sportello.desk import composing
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.scripts import store as scripts

_READS = [requires(Permission.TAKE_CONVERSATION, Permission.READ_ANY_CONVERSATION, Permission.SUPERVISE)]


@get("/desk/conversations/{conversation:uuid}", guards=_READS)
async def read_only(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """A conversation to be read: one's own after its end, others' with the permission; the opening is on record."""
    async with house.db.transaction() as tx:
        view = await composing.read_along(house, tx, actor, conversation)
        if view is None:
            raise NotFoundException
        talk = await talks.get(tx, conversation)
    return house.pages.render(request, "desk/read_only.html", view=view, talk=talk)


@get("/desk/scripts/{slug:str}", guards=[requires(Permission.SCRIPT_RUN)])
async def script(
    request: Request[Any, Any, Any], house: House, actor: Actor, slug: str, conversation: str = ""
) -> Response[str]:
    """A script to be read; `conversation` adds the button that follows it there."""
    talk_id = as_uuid(conversation)
    async with house.db.transaction() as tx:
        found = await scripts.by_slug(tx, slug)
        talk = await talks.get(tx, talk_id) if talk_id else None
    if found is None:
        raise NotFoundException
    words = found.words(actor.language)
    steps = [step.words(actor.language) for step in found.steps]
    mine = str(talk.id) if talk and str(talk.agent) == actor.id else ""
    return house.pages.render(request, "desk/script.html", words=words, steps=steps, slug=slug, conversation=mine)


ROUTES: list[Any] = [read_only, script]
