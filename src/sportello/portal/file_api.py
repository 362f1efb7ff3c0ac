"""Files of the patient's chat: sent as raw bytes, fetched by the conversation's token, never by address."""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException, PermissionDeniedException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations import files, serving
from sportello.conversations.refusals import NotPossible
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import as_uuid
from sportello.kit.language import language_of
from sportello.kit.security.rate_limit import rate_limit
from sportello.kit.streams import authority
from sportello.portal import chats
from sportello.portal.store import Chat

_TIMES, _WITHIN = 30, 600.0  # files of one conversation, seconds
_OPEN = {"open_door": "whoever holds the conversation's token; the origin and the rate are checked", "bearer": True}


class Wanted(Struct):
    """Which file, or its small picture."""

    file: UUID
    thumbnail: bool = False


@post("/portal/chat/files", opt=_OPEN, status_code=200, request_max_body_size=serving.MOST_BODY)
async def send_file(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """Takes a file into the conversation; the same id again is the same file."""
    chat = await _chat(request, house)
    language = language_of(request, house.settings)
    file, name = as_uuid(request.headers.get("x-file-id", "")), unquote(request.headers.get("x-file-name", ""))
    if file is None:
        raise HTTPException(status_code=400)
    rate_limit(house, ("file", chat.conversation), _TIMES, _WITHIN)
    patient = Actor(kind="patient", id=chat.patient_id or f"conversation:{chat.conversation}", name="")
    try:
        content = await serving.body_of(request, house)
        await files.send(house, chat.conversation, content, file=file, name=name[:400], by=patient, language=language)
    except files.Unfit as refused:
        return Response({"error": refused.words(language), "code": refused.code}, status_code=422)
    except NotPossible as refused:
        return Response({"error": translate(language, refused.message), "code": refused.code}, status_code=409)
    return Response({"file": str(file)})


@post("/portal/chat/file", opt=_OPEN, status_code=200)
async def fetch_file(request: Request[Any, Any, Any], house: House) -> Response[bytes]:
    """A file of the token's own conversation."""
    chat = await _chat(request, house)
    raw = await request.body()
    try:
        wanted = msgspec.json.decode(raw if len(raw) < 4096 else b"", type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HTTPException(status_code=400) from error
    patient = Actor(kind="patient", id=chat.patient_id or "", name="")
    async with house.db.transaction() as tx:
        found = await serving.answer(
            house, tx, patient, wanted.file, thumbnail=wanted.thumbnail, conversation=chat.conversation
        )
    if found is None:
        raise NotFoundException
    found.headers["cross-origin-resource-policy"] = "cross-origin"
    return found


async def _chat(request: Request[Any, Any, Any], house: House) -> Chat:
    if authority.cookies_count(house, request) is None:
        raise PermissionDeniedException
    chat = await chats.chat_of(house, authority.bearer(request))
    if chat is None:
        raise NotAuthorizedException
    return chat


ROUTES: list[Any] = [send_file, fetch_file]
