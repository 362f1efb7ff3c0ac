"""Files of a conversation at the desk: sent by the agent who has it, opened by whoever may read it."""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import HTTPException, NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import files, serving
from sportello.conversations.refusals import NotPossible
from sportello.conversations.store import files as kept
from sportello.desk.log_pages import readable
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import as_uuid

_READS = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)]


@post(
    "/desk/conversations/{conversation:uuid}/files", status_code=200, guards=[requires(Permission.TAKE_CONVERSATION)],
    request_max_body_size=serving.MOST_BODY,
)  # fmt: skip
async def send(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """Sends a file to the patient; its id and name travel in headers, its bytes are the body."""
    file, name = as_uuid(request.headers.get("x-file-id", "")), unquote(request.headers.get("x-file-name", ""))
    if file is None:
        raise HTTPException(status_code=400)
    try:
        content = await serving.body_of(request, house)
        await files.send(house, conversation, content, file=file, name=name[:400], by=actor, language=actor.language)
    except files.Unfit as refused:
        return Response({"error": refused.words(actor.language), "code": refused.code}, status_code=422)
    except NotPossible as refused:
        return Response({"error": translate(actor.language, refused.message), "code": refused.code}, status_code=409)
    return Response({"file": str(file)})


@get(["/desk/files/{file:uuid}", "/desk/files/{file:uuid}/thumbnail"], guards=_READS)
async def fetch(request: Request[Any, Any, Any], house: House, actor: Actor, file: UUID) -> Response[bytes]:
    """A file, as a download, or its small picture."""
    async with house.db.transaction() as tx:
        found = await kept.read(tx, file)
        if found is None:
            raise NotFoundException
        await readable(tx, actor, found.conversation)
        answer = await serving.answer(
            house, tx, actor, file, thumbnail=request.url.path.endswith("/thumbnail"), conversation=found.conversation
        )
    if answer is None:
        raise NotFoundException
    return answer


ROUTES: list[Any] = [send, fetch]
