"""The widget's doors: the script itself, opening a conversation, ending one; for our pages and for sites allowed."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations.api import refusal
from sportello.conversations.ending import end
from sportello.conversations.refusals import NotPossible
from sportello.kit.house import House
from sportello.kit.security.rate_limit import rate_limit
from sportello.kit.streams import authority
from sportello.portal import bundle, chats, names, signing_in
from sportello.routing import calling_back

# Opening: enough for a whole town behind one gateway, too few for a flood.
_OPENED, _WITHIN = 300, 600.0  # times, seconds
_CACHED = "public, max-age=300"
_OPEN = {"open_door": "anybody may write to the hospital; the origin and the rate are checked", "bearer": True}


Asked = TypeVar("Asked")


class Opening(Struct):
    """What the widget sends; `key` is this browser's own secret for this conversation."""

    key: UUID
    language: str = ""


class Answer(Struct):
    """What the widget keeps."""

    conversation: UUID
    stream: str
    token: str


@get("/widget.js", opt={"open_door": "a file without data"}, sync_to_thread=False)
def widget_script(request: Request[Any, Any, Any], house: House) -> Response[bytes]:
    """The chat widget, whole; for script tags of any site."""
    made = house.ports.get(bundle.Widget) or house.ports.setdefault(bundle.Widget, bundle.widget(house.settings))
    headers = {
        "cache-control": _CACHED, "etag": made.tag, "vary": "accept-encoding",
        "cross-origin-resource-policy": "cross-origin",
    }  # fmt: skip
    if request.headers.get("if-none-match") == made.tag:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(made.plain, media_type="text/javascript; charset=utf-8", headers=headers)
    return Response(
        made.packed, media_type="text/javascript; charset=utf-8", headers={**headers, "content-encoding": "gzip"}
    )


@get("/widget.css", opt={"open_door": "a file without data"}, sync_to_thread=False)
def widget_sheet() -> Response[str]:
    """The widget's sheet as a file, for phones too old for sheets made by a script."""
    headers = {"cache-control": _CACHED, "cross-origin-resource-policy": "cross-origin"}
    return Response(bundle.css(), media_type="text/css; charset=utf-8", headers=headers)


@post("/portal/chat", opt=_OPEN, status_code=200)
async def open_chat(request: Request[Any, Any, Any], house: House) -> Answer:
    """Opens or resumes; a patient signed in on our own page opens it in their name."""
    by_cookie = _from_allowed(house, request)
    asked = await _read(request, Opening)
    if not house.settings.demo:  # where all invented patients come from one address
        rate_limit(house, ("chat", request.client.host if request.client else ""), _OPENED, _WITHIN)
    session = await signing_in.session_of(house, request) if by_cookie else None
    language = asked.language if asked.language in house.settings.clinic.languages else _language(request, house)
    name = await names.of_patient(house, signing_in.actor(session)) if session else ""
    opened = await house.db.run(lambda tx: chats.open_chat(house, tx, asked.key, language, session, name))
    return Answer(opened.conversation, opened.stream, opened.token)


@post("/portal/chat/end", opt=_OPEN, status_code=200)
async def end_chat(request: Request[Any, Any, Any], house: House) -> dict[str, bool]:
    """The patient ends the conversation; ending what has ended is no error."""
    _from_allowed(house, request)
    chat = await chats.chat_of(house, authority.bearer(request))
    if chat is None:
        raise NotAuthorizedException
    patient = Actor(kind="patient", id=chat.patient_id or f"conversation:{chat.conversation}", name="")
    await house.db.run(lambda tx: end(house, tx, chat.conversation, patient))
    return {"ended": True}


class Wish(Struct, frozen=True):
    """A telephone number to be called at."""

    phone: str


@post("/portal/chat/callback", opt=_OPEN, status_code=200)
async def ask_callback(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The patient would rather be called: the call takes the conversation's place in the queue."""
    _from_allowed(house, request)
    chat = await chats.chat_of(house, authority.bearer(request))
    if chat is None:
        raise NotAuthorizedException
    wish = await _read(request, Wish)
    patient = Actor(kind="patient", id=chat.patient_id or f"conversation:{chat.conversation}", name="")
    try:
        await house.db.run(
            lambda tx: calling_back.ask(
                house, tx, patient, phone=wish.phone, conversation=chat.conversation, request=chat.conversation
            )
        )
    except NotPossible as refused:
        return refusal(refused, _language(request, house))
    return Response({"kept": True})


def _from_allowed(house: House, request: Request[Any, Any, Any]) -> bool:
    """Whether cookies count; a page of a site that may not carry the widget is refused."""
    by_cookie = authority.cookies_count(house, request)
    if by_cookie is None:
        raise PermissionDeniedException
    if request.content_type[0] != "application/json":
        raise HTTPException(status_code=415)
    return by_cookie


async def _read(request: Request[Any, Any, Any], kind: type[Asked]) -> Asked:
    raw = await request.body()
    try:
        return msgspec.json.decode(raw if len(raw) < 4096 else b"", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HTTPException(status_code=400) from error


def _language(request: Request[Any, Any, Any], house: House) -> str:
    return str(request.scope.get("state", {}).get("language", house.settings.clinic.languages[0]))


ROUTES = [widget_script, widget_sheet, open_chat, end_chat, ask_callback]
