"""The doors of Direct Line 3.0: tokens, conversations, activities (botframework-sdk, specs directline-3.0)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post, route
from litestar.enums import HttpMethod
from litestar.exceptions import SerializationException

from sportello.adapters.direct_line_server import store, tokens
from sportello.adapters.direct_line_server.refusals import bad, not_found, token_expired
from sportello.adapters.direct_line_server.serving import (
    OPEN,
    PAGE,
    base_of,
    limit,
    opened,
    told_of,
    watermark,
)
from sportello.adapters.direct_line_server.taking import take
from sportello.adapters.direct_line_server.telling import activities
from sportello.adapters.direct_line_server.tokens import Caller
from sportello.conversations.opening import open_conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House

_MOST = 256 * 1024  # bytes of an activity
# Times a minute: by secret, by address, by conversation.
_TOKENS, _BEGUN, _SAID, _READ, _AGAIN = 600, 300, 60, 600, 30


@post("/tokens/generate", opt=OPEN, status_code=200)
async def generate(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """A token for a conversation that is yet to begin; only for holders of a secret. Nobody is told of it."""
    caller = await tokens.caller_of(house, request)
    if caller.kind != "secret":
        raise token_expired()
    limit(house, ("generate", caller.machine), _TOKENS, 60)
    asked = await _json(request)
    given = asked.get("user")
    user: dict[str, Any] = given if isinstance(given, dict) else {}
    name, origins = user.get("name"), asked.get("trustedOrigins")
    made = tokens.new_caller(
        caller.machine, tokens.user_of(user.get("id")), name[:200] if isinstance(name, str) else "",
        tuple(str(one)[:200] for one in origins[:20]) if isinstance(origins, list) else (),
    )  # fmt: skip
    return Response(await _token(house, made))


@post("/tokens/refresh", opt=OPEN, status_code=200)
async def refresh(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """A fresh token for the same user and conversation; an expired one cannot be refreshed."""
    caller = await tokens.caller_of(house, request)
    if caller.kind == "secret":
        raise bad("A secret needs no refresh.")
    if not await tokens.may_refresh(house, caller):
        raise token_expired()
    limit(house, ("refresh", caller.conversation), 20, 60)
    return Response(await _token(house, caller))


@post("/conversations", opt=OPEN, status_code=201)
async def begin(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """Begins the token's conversation, or with a secret a new one; a token's again is the same."""
    caller = await tokens.caller_of(house, request)
    limit(house, ("begin", request.client.host if request.client else ""), _BEGUN, 60)
    asked = await _json(request)
    if caller.kind == "secret":
        given = asked.get("user")
        named = given.get("id") if isinstance(given, dict) else None
        caller = tokens.new_caller(caller.machine, tokens.user_of(named))
    locale = asked.get("locale")
    language = locale[:2].lower() if isinstance(locale, str) else str(request.scope.get("state", {}).get("language"))
    fresh = await house.db.run(lambda tx: _begin(house, tx, caller, language))
    said = await _token(house, caller) | {"streamUrl": await _stream_url(house, request, caller, 0)}
    return Response(said, status_code=201 if fresh else 200)


async def _begin(house: House, tx: Transaction, caller: Caller, language: str) -> bool:
    assert caller.conversation is not None
    known = await store.read(tx, caller.conversation)
    if known:
        return False
    talk = await open_conversation(
        house, tx, visitor_name=caller.name, language=language, channel="directline", conversation=caller.conversation
    )
    return await store.add(tx, store.Talk(talk.id, caller.machine, caller.user), house.clock.now())


@get("/conversations/{conversation:str}", opt=OPEN)
async def reconnect(request: Request[Any, Any, Any], house: House, conversation: str) -> Response[Any]:
    """A new stream: after the watermark, or without one from now on."""
    caller, talk, _ = await opened(house, request, conversation)
    limit(house, ("reconnect", talk.id), _AGAIN, 60)
    given = request.query_params.get("watermark")
    after = watermark(given) if given else await house.streams.head(talk.stream)
    caller = msgspec.structs.replace(caller, conversation=talk.id)
    said: dict[str, Any] = {"conversationId": str(talk.id), "expires_in": tokens.LIVES}
    if caller.kind == "token":
        said = await _token(house, caller)
    return Response(said | {"streamUrl": await _stream_url(house, request, caller, after)})


@get("/conversations/{conversation:str}/activities", opt=OPEN)
async def read(request: Request[Any, Any, Any], house: House, conversation: str) -> Response[Any]:
    """What happened after the watermark, a page at a time; who types is not told here."""
    _, talk, mine = await opened(house, request, conversation)
    limit(house, ("read", talk.id), _READ, 60)
    after = watermark(request.query_params.get("watermark"))
    events = await house.streams.since(talk.stream, after, PAGE, "all")
    said = await activities(house, told_of(talk, mine, base_of(house, request)), events)
    return Response({"activities": said, "watermark": str(events[-1].seq if events else after)})


@post("/conversations/{conversation:str}/activities", opt=OPEN, status_code=200, request_max_body_size=_MOST)
async def send(request: Request[Any, Any, Any], house: House, conversation: str) -> Response[Any]:
    """The patient says something; the answer is the id under which it comes back on the stream."""
    _, talk, mine = await opened(house, request, conversation)
    activity = await _json(request)
    # Who types a lot may still say something.
    limit(house, ("send", talk.id, activity.get("type") == "typing"), _SAID, 60)
    return Response({"id": await take(house, talk, mine.user_id, activity)})


@get("/session/getsessionid", opt=OPEN, sync_to_thread=False)
def session() -> None:
    """For sign-in cards, which we do not send."""
    raise not_found()


@route(
    [
        "/tokens/generate", "/tokens/refresh", "/conversations", "/conversations/{conversation:str}",
        "/conversations/{conversation:str}/activities", "/conversations/{conversation:str}/upload",
        "/session/getsessionid",
    ],
    http_method=HttpMethod.OPTIONS, opt=OPEN, status_code=204, sync_to_thread=False,
)  # fmt: skip
def preflight() -> None:
    """What browsers ask before they speak to another site; the headers are the middleware's."""


async def _token(house: House, caller: Caller) -> dict[str, Any]:
    token = await tokens.issue(house, caller)
    return {"conversationId": str(caller.conversation), "token": token, "expires_in": tokens.LIVES}


async def _stream_url(house: House, request: Request[Any, Any, Any], caller: Caller, after: int) -> str:
    assert caller.conversation is not None
    ticket = await tokens.stream_ticket(house, caller.conversation, after)
    base = base_of(house, request).replace("http", "ws", 1)
    return f"{base}/v3/directline/conversations/{caller.conversation}/stream?t={ticket}"


async def _json(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The body as an object; an empty one is empty."""
    raw = await request.body()
    if len(raw) > _MOST:
        raise bad("The body is too large.")
    try:
        found = msgspec.json.decode(raw) if raw.strip() else {}
    except (msgspec.DecodeError, SerializationException, UnicodeDecodeError, RecursionError) as error:
        raise bad("The body is not JSON.") from error
    if not isinstance(found, dict):
        raise bad("The body is not an object.")
    return found


ROUTES: list[Any] = [generate, refresh, begin, reconnect, read, send, session, preflight]
