"""How routing's doors answer: a conversation as it stands, or why not, in the reader's language."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response

from sportello.administration.actor import Actor
from sportello.conversations.api import refusal, standing
from sportello.conversations.moves import NotPossible
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def answered(
    house: House, actor: Actor, work: Callable[[Transaction], Awaitable[Conversation]]
) -> Response[dict[str, Any]]:
    """Does the work in one transaction and answers where the conversation stands then."""
    try:
        return standing(await house.db.run(work))
    except NotPossible as refused:
        return refusal(refused, actor.language)


async def told(
    house: House, actor: Actor, work: Callable[[Transaction], Awaitable[object]], **outcome: str
) -> Response[dict[str, Any]]:
    """Does the work in one transaction and answers its outcome."""
    try:
        await house.db.run(work)
    except NotPossible as refused:
        return refusal(refused, actor.language)
    return Response(dict(outcome), status_code=200)
