"""Older rows of a conversation, for whoever has it in a session or may read along."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import reading, transcript
from sportello.conversations import store as talks
from sportello.conversations.store import Conversation
from sportello.desk import store
from sportello.kit.database import Transaction
from sportello.kit.house import House


@get(
    "/desk/conversations/{conversation:uuid}/rows",
    guards=[requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)],
)
async def older_rows(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, before: int = 2**53
) -> Response[str]:
    """The page of rows before a number; a conversation of somebody else is not found."""
    async with house.db.transaction() as tx:
        found = await readable(tx, actor, conversation)
    page = await transcript.page(house, found, before=before)
    return house.pages.render(request, "desk/_rows.html", rows=page.rows)


async def readable(tx: Transaction, actor: Actor, conversation: UUID) -> Conversation:
    """The conversation for whoever has it in a session or may read it; else it is not found."""
    found = await talks.get(tx, conversation)
    session = await store.session_of(tx, UUID(actor.id), conversation)
    if found is None or (session is None and not await reading.may_look(tx, found, actor)):
        raise NotFoundException
    return found


ROUTES: list[Any] = [older_rows]
