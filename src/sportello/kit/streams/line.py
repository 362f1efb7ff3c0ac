"""The line's doors: the socket `/line`, and for those whose network blocks sockets `/line/since` and `/line/post`."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, WebSocket, get, post, websocket
from litestar.params import Parameter

from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.streams import authority, frames, posting
from sportello.kit.streams.meeting import SIGNED_OUT, meet
from sportello.kit.streams.shapes import Grant, Listener, TryLater
from sportello.kit.streams.socket import LineSocket

_OPEN = {"open_door": "the line's gates decide stream by stream", "exclude_from_csrf": True}
_PAGE = 200
_MOST_POLLED = 50


@websocket("/line", opt=_OPEN)
async def line(socket: WebSocket[Any, Any, Any], house: House) -> None:
    """The socket of a browser tab; see docs/streams.md for its frames."""
    by_cookie = authority.cookies_count(house, socket)
    if by_cookie is None:
        await socket.close(code=4403)
        return
    await socket.accept()
    if met := await meet(house, socket, by_cookie=by_cookie):
        await LineSocket(house, socket, met).run()


@get("/line/since", opt=_OPEN)
async def line_since(
    request: Request[Any, Any, Any],
    house: House,
    s: Annotated[list[str] | None, Parameter(query="s")] = None,
    n: Annotated[list[int] | None, Parameter(query="n")] = None,
) -> Response[str]:
    """For each stream `s` the events numbered above its `n`, as the frames that the socket would carry."""
    listener = await _listener(house, request)
    if listener is None:
        return _signed_out(house)
    told: list[str] = []
    for stream, after in list(zip(s or (), n or (), strict=False))[:_MOST_POLLED]:
        grant = await authority.grant(house, listener, stream)
        if grant is None:
            told.append(frames.no("forbidden", "", stream))
            continue
        events = await house.streams.since(stream, after, _PAGE, grant.audience)
        told += [frames.event(event) for event in events]
        if len(events) < _PAGE:
            told.append(frames.following(stream, events[-1].seq if events else after))
    return _frames(told)


@post("/line/post", opt=_OPEN, status_code=200)
async def line_post(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """One post, answered with `ack` or `no`; JSON only, so that no page of another site can send it unasked."""
    listener = await _listener(house, request)
    if listener is None:
        return _signed_out(house)
    if request.content_type[0] != "application/json":
        return _frames([frames.no("unreadable", translate(listener.language, posting.UNREADABLE))], 415)
    raw = await request.body()
    if len(raw) > frames.FRAME_BYTES:
        return _frames([frames.no("too-long", translate(listener.language, posting.TOO_LONG))], 413)
    try:
        asked = frames.asked(raw)
    except msgspec.DecodeError:
        return _frames([frames.no("unreadable", translate(listener.language, posting.UNREADABLE))], 400)

    async def grant() -> Grant | None:
        return await authority.grant(house, listener, asked.s)

    try:
        return _frames([await posting.take(house, listener, asked, await grant(), grant)])
    except TryLater:
        return _frames([posting.later(listener, asked)])


async def _listener(house: House, request: Request[Any, Any, Any]) -> Listener | None:
    token, by_cookie = authority.bearer(request), authority.cookies_count(house, request)
    if by_cookie is None or not (token or by_cookie):
        return None
    return await authority.authenticate(house, token or request, request.query_params.get("as", ""))


def _frames(told: list[str], status: int = 200) -> Response[str]:
    return Response(f"[{','.join(told)}]", status_code=status, media_type=MediaType.JSON)


def _signed_out(house: House) -> Response[str]:
    text = translate(house.settings.clinic.languages[0], SIGNED_OUT)
    return _frames([frames.no("sign-in", text)], 401)


ROUTES: list[Any] = [line, line_since, line_post]
