"""What every Direct Line door needs: the conversation a caller may touch, our own address, limits of rate."""

import math
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection

from sportello.adapters.direct_line_server import store
from sportello.adapters.direct_line_server.refusals import Refused, bad, not_for_this, not_found
from sportello.adapters.direct_line_server.telling import Told
from sportello.adapters.direct_line_server.tokens import Caller, caller_of
from sportello.conversations.store import Conversation
from sportello.conversations.store import get as read_talk
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.security.rate_limit import limits_of

PAGE = 100
OPEN: dict[str, Any] = {
    "open_door": "a Direct Line secret or token is asked for by the door itself; rates are limited", "bearer": True,
}  # fmt: skip


async def talk_of(house: House, conversation: UUID) -> tuple[Conversation, store.Talk] | None:
    """A conversation that was begun over Direct Line."""
    mine = await store.read(house.db, conversation)
    talk = await read_talk(house.db, conversation) if mine else None
    return (talk, mine) if talk and mine else None


async def opened(
    house: House, request: Request[Any, Any, Any], conversation: str
) -> tuple[Caller, Conversation, store.Talk]:
    """The caller's conversation: 403 with a token for another one, 404 for what was never begun."""
    caller = await caller_of(house, request)
    asked = as_uuid(conversation)
    if caller.conversation is not None and caller.conversation != asked:
        raise not_for_this()
    found = await talk_of(house, asked) if asked else None
    if found is None or found[1].machine != caller.machine:
        raise not_found()
    return caller, *found


def told_of(talk: Conversation, mine: store.Talk, base: str) -> Told:
    return Told(talk.id, mine.user_id, talk.language, base)


def base_of(house: House, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Our address: the one that is set, else as the client reached us."""
    if house.settings.server.public_url:
        return house.settings.server.public_url.rstrip("/")
    url = urlsplit(str(connection.base_url))
    scheme = {"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)
    return f"{scheme}://{connection.headers.get('host', url.netloc)}"


def limit(house: House, key: tuple[object, ...], times: int, seconds: float) -> None:
    """Raises 429 with Retry-After. In a demo all invented patients come from one address."""
    if house.settings.demo:
        return
    if wait := limits_of(house).wait(("directline", *key), times, seconds, house.clock.now()):
        after = {"retry-after": str(max(1, math.ceil(wait)))}
        raise Refused(429, "TooManyRequests", "Too many requests; come back later.", after)


def watermark(given: str | None) -> int:
    """The number after which a client reads on; empty is the beginning."""
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        raise bad("The watermark is not one of ours.")
    return int(given)
