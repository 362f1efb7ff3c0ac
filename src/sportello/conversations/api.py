"""Doors for what staff do with a conversation they have: end it, note, close it, say whom it concerns.

Each answers JSON, also to a second click: what was done already is not done again.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import ending, identifying, linking, notes
from sportello.conversations.refusals import NotPossible
from sportello.conversations.store.talks import Conversation
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import translate

_HAVING = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE)]


class Note(Struct):
    """A note's form; `id` lets the browser send it twice."""

    note: str = ""
    id: UUID | None = None


class Link(Struct):
    """A patient's form; empty takes the link back."""

    patient: str = ""


def refusal(refused: NotPossible, language: str) -> Response[dict[str, Any]]:
    """A refusal in words: 404 for what does not exist, 403 for what is somebody else's, else 409."""
    status = {"unknown": 404, "not-yours": 403, "note-wanted": 400, "no-patient": 400, "empty": 400, "too-long": 400}
    said = translate(language, refused.message, **refused.params)
    body = {"error": said, "code": refused.code, "state": refused.state}
    return Response(body, status_code=status.get(refused.code, 409))


def standing(talk: Conversation) -> Response[dict[str, Any]]:
    """How a conversation stands after an intent."""
    return Response({"conversation": str(talk.id), "state": talk.state}, status_code=200)


@post("/desk/conversations/{conversation:uuid}/end", status_code=200, guards=_HAVING)
async def end(house: House, actor: Actor, conversation: UUID) -> Response[dict[str, Any]]:
    """Ends the talk; the after-work begins."""
    try:
        return standing(await house.db.run(lambda tx: ending.end(house, tx, conversation, actor)))
    except NotPossible as refused:
        return refusal(refused, actor.language)


@post("/desk/conversations/{conversation:uuid}/note", status_code=200, guards=[requires(Permission.NOTE)])
async def note(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """Keeps the note of the after-work."""
    form, _, raw = await read_form(request, Note)
    text, client_id = (form.note, form.id) if form else (raw.get("note", ""), None)
    try:
        return standing(
            await house.db.run(lambda tx: notes.write_note(house, tx, conversation, actor, text, client_id))
        )
    except NotPossible as refused:
        return refusal(refused, actor.language)


@post("/desk/conversations/{conversation:uuid}/close", status_code=200, guards=_HAVING)
async def close(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """Closes after the after-work, with its note."""
    _, _, raw = await read_form(request, Note)
    try:
        return standing(
            await house.db.run(lambda tx: ending.close(house, tx, conversation, actor, note=raw.get("note")))
        )
    except NotPossible as refused:
        return refusal(refused, actor.language)


@post("/desk/conversations/{conversation:uuid}/patient", status_code=200, guards=[requires(Permission.PATIENT_LINK)])
async def link(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """Says whom it concerns."""
    form, _, _ = await read_form(request, Link)
    patient = form.patient if form and form.patient else None
    if patient and not await identifying.may_link_at_once(house):
        return refusal(NotPossible(identifying.CHECK_FIRST, "check-first"), actor.language)
    try:
        return standing(await house.db.run(lambda tx: linking.link_patient(house, tx, conversation, patient, actor)))
    except NotPossible as refused:
        return refusal(refused, actor.language)


ROUTES: list[Any] = [end, note, close, link]
