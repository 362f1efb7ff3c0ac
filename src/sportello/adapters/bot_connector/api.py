"""The doors at which a bot answers (Bot Framework's channel API): activities, and who takes part; nothing else.

The conversation's id is the key: it is signed, told to the bot alone, and good for seven days.
"""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.exceptions import HTTPException

from sportello.adapters.bot_connector.tickets import read_ticket
from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.answers import read_json
from sportello.adapters.outside_bots.connection import connection_of
from sportello.adapters.outside_bots.dialects import Terms, effects_of, read_rules
from sportello.adapters.outside_bots.store import Session
from sportello.adapters.outside_bots.taking import take
from sportello.adapters.outside_bots.trace import masked, note
from sportello.bots.ports import BotEvent, Note, Say
from sportello.conversations.store import get as read_talk
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.security.rate_limit import rate_limit

_OPEN: dict[str, Any] = {"open_door": "the conversation's id is signed and known to the bot alone", "bearer": True}
_MOST = 256 * 1024
_TIMES = 240  # activities a minute in one conversation
_TRIED = "tried"
_AT = "/v3/conversations/{conversation:str}"


@post([f"{_AT}/activities", f"{_AT}/activities/{{reply:str}}"], opt=_OPEN, status_code=200, request_max_body_size=_MOST)
async def answer(request: Request[Any, Any, Any], house: House, conversation: str) -> Response[Any]:
    """The bot says something, in reply or by itself."""
    rate_limit(house, ("botconnector", conversation), _TIMES, 60)
    session = await _session(house, conversation)
    try:
        activity = msgspec.convert(
            read_json(await request.body(), request.headers.get("content-type", "")), dict[str, Any]
        )
    except ValueError as error:
        raise HTTPException(status_code=400) from error
    name = uuid7().hex
    if session.state == _TRIED:
        await note(house, session.conversation, "in", "tried", masked(str(activity.get("text") or "")))
        return Response({"id": name})
    await _take(house, session, activity, name)
    return Response({"id": name})


async def _take(house: House, session: Session, activity: dict[str, Any], name: str) -> None:
    terms, talk = await connection_of(house), await read_talk(house.db, session.conversation)
    read = Terms(
        read_rules(terms.rules), terms.visible, str(session.memory.get("user", "")), frozenset(terms.link_hosts.split())
    )
    effects = effects_of(activity, read, talk.language if talk else "it") or [Note("read", {})]
    for place, effect in enumerate(effects):
        shown = masked(effect.text) if isinstance(effect, Say) else ""
        await note(house, session.conversation, "in", type(effect).__name__.lower(), shown)
        await take(house, session.conversation, BotEvent(f"{name}#{place}", "", effect))


@put(f"{_AT}/activities/{{activity:str}}", opt=_OPEN, status_code=200)
async def update(house: House, conversation: str, activity: str) -> Response[Any]:
    """What was said stays said: patients do not find words changed under their eyes."""
    await _session(house, conversation)
    return Response({"id": unquote(activity)[:200]})


@delete(f"{_AT}/activities/{{activity:str}}", opt=_OPEN, status_code=200)
async def remove(house: House, conversation: str, activity: str) -> None:
    """As with a change: it stays."""
    await _session(house, conversation)


@get(f"{_AT}/members", opt=_OPEN)
async def members(house: House, conversation: str) -> Response[Any]:
    """The patient, under the id that the bot knows, and the bot."""
    session = await _session(house, conversation)
    return Response([{"id": str(session.memory.get("user", "")), "role": "user"}, {"id": "bot", "role": "bot"}])


@get(f"{_AT}/members/{{member:str}}", opt=_OPEN)
async def member(house: House, conversation: str, member: str) -> Response[Any]:
    """One of the two."""
    session = await _session(house, conversation)
    if member not in ("bot", session.memory.get("user")):
        raise HTTPException(status_code=404)
    return Response({"id": member, "role": "bot" if member == "bot" else "user"})


async def _session(house: House, said: str) -> Session:
    """The talk of a signed id; 404 for any other, and while the bot of the house is another one.

    An id of ours without a talk was made to try the connection: the bot is heard there, and nobody else.
    """
    conversation: UUID | None = await read_ticket(house, said)
    if conversation is None or (await connection_of(house)).kind != "connector":
        raise HTTPException(status_code=404)
    session = await store.read(house.db, conversation)
    if session is None:
        now = house.clock.now()
        return Session(conversation, _TRIED, {"user": "dl_trial"}, {}, 0, "", 0, None, False, False, now, None)
    if session.state == "closed":
        raise HTTPException(status_code=404)
    return session


ROUTES: list[Any] = [answer, update, remove, members, member]
