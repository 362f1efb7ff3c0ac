"""Doors on a conversation's own words: search in them, remove one of them."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import redacting, transcript
from sportello.conversations.refusals import NotPossible
from sportello.desk.answers import notice, told
from sportello.desk.log_pages import readable
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

_READS = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)]
REMOVED = N_("The message is removed.")


class Sought(Struct):
    """The search field."""

    words: str = ""


class Removal(Struct):
    """Which message goes, and why."""

    seq: int = 0
    why: str = ""


@post("/desk/conversations/{conversation:uuid}/search", status_code=200, guards=_READS)
async def search(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """Where in a conversation words stand; a POST, for what is sought may be personal."""
    form, _, _ = await read_form(request, Sought)
    words = form.words if form else ""
    async with house.db.transaction() as tx:
        talk = await readable(tx, actor, conversation)
        hits = await transcript.search(tx, talk, words)
        if words and str(talk.agent) != actor.id:
            await audit.record(
                house, tx, actor, "conversation.searched", patient=talk.patient_id, entity=str(conversation)
            )
    return house.pages.render(request, "desk/_log_hits.html", hits=hits, asked=bool(words), most=transcript.MOST_HITS)


@post("/desk/conversations/{conversation:uuid}/redact", guards=[requires(Permission.REDACT)], status_code=204)
async def redact(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[None]:
    """Removes a message for good, with the reason."""
    form, _, _ = await read_form(request, Removal)
    asked = form or Removal()

    async def work(tx: Any) -> None:
        await readable(tx, actor, conversation)
        await redacting.redact(house, tx, conversation, asked.seq, actor, asked.why)

    try:
        await house.db.run(work)
    except NotPossible as refused:
        return told(notice(translate(actor.language, refused.message, **refused.params)))
    return told({"talk:redacted": {}, **notice(translate(actor.language, REMOVED), "ok")})


ROUTES: list[Any] = [search, redact]
