"""Files over Direct Line: sent as multipart with their activity, fetched by a ticket that ends."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from sportello.adapters.direct_line_server import tokens
from sportello.adapters.direct_line_server.refusals import Refused, bad, not_found
from sportello.adapters.direct_line_server.serving import OPEN, limit, opened
from sportello.adapters.direct_line_server.taking import Content, explain, take
from sportello.administration.actor import Actor
from sportello.conversations import files, serving
from sportello.conversations.safekeeping import rules_of
from sportello.kit.house import House

_ACTIVITY = "application/vnd.microsoft.activity"
_TIMES, _MOST_FILES = 10, 10  # a minute for one conversation; files of one activity


@post(
    "/conversations/{conversation:str}/upload", opt=OPEN, status_code=200, request_max_body_size=serving.MOST_BODY
)  # fmt: skip
async def upload(request: Request[Any, Any, Any], house: House, conversation: str) -> Response[Any]:
    """Files with, or without, the activity that carries them; each becomes a message."""
    _, talk, mine = await opened(house, request, conversation)
    limit(house, ("upload", talk.id), _TIMES, 60)
    activity, attached = await _parts(request)
    allowed = await rules_of(house)
    if any(len(one.content) > allowed.most_bytes for one in attached):
        unfit = files.too_large(allowed)
        await explain(house, talk, unfit)
        raise Refused(413, "MessageSizeTooBig", unfit.words(talk.language))
    return Response({"id": await take(house, talk, mine.user_id, activity | {"attachments": []}, attached)})


async def _parts(request: Request[Any, Any, Any]) -> tuple[dict[str, Any], list[Content]]:
    activity: dict[str, Any] = {"type": "message"}
    if not request.content_type[0].startswith("multipart/"):
        raw = await request.body()
        name = request.headers.get("content-disposition", "").partition("filename=")[2].strip('" ')
        return activity, [Content(name, raw)]
    attached = []
    for _, part in (await request.form()).multi_items():
        if not isinstance(part, UploadFile):
            continue
        content = await part.read()
        if part.content_type == _ACTIVITY:
            try:
                activity = msgspec.json.decode(content, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise bad("The activity cannot be read.") from error
        else:
            attached.append(Content(part.filename, content))
    if not attached or len(attached) > _MOST_FILES:
        raise bad("From one to ten files are wanted.")
    return activity, attached


@get("/attachments/{ticket:str}", opt={"open_door": "the ticket in the address opens one file for two hours"})
async def attachment(request: Request[Any, Any, Any], house: House, ticket: str) -> Response[bytes]:
    """A file of a conversation, as a download that no browser runs."""
    found = await tokens.read_file_ticket(house, ticket)
    if found is None:
        raise not_found()
    patient, small = Actor(kind="patient", id="", name=""), request.query_params.get("thumbnail") == "yes"
    async with house.db.transaction() as tx:
        answer = await serving.answer(house, tx, patient, found[1], thumbnail=small, conversation=found[0])
    if answer is None:
        raise not_found()
    answer.headers["cross-origin-resource-policy"] = "cross-origin"
    return answer


ROUTES: list[Any] = [upload, attachment]
