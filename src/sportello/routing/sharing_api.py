"""Doors of those who share a conversation: answer, withdraw, leave; and of supervisors: take over, close by force.

Each answers JSON, also to a second click: what was done already is not done again.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import inviting, parties
from sportello.conversations.moves import locked
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.routing import handing_back, supervising
from sportello.routing.answering import answered, told

_TAKING = [requires(Permission.TAKE_CONVERSATION)]
_WATCHING = [requires(Permission.SUPERVISE)]


class Whom(Struct):
    """Whose part ends; empty for one's own."""

    staff: UUID | None = None


class Why(Struct):
    """A supervisor's reason."""

    why: str = ""


@post("/desk/invitations/{invitation:uuid}/accept", status_code=200, guards=_TAKING)
async def accept(house: House, actor: Actor, invitation: UUID) -> Response[dict[str, Any]]:
    """The colleague takes part, or has the conversation."""
    return await answered(house, actor, lambda tx: inviting.accept(house, tx, invitation, actor))


@post("/desk/invitations/{invitation:uuid}/decline", status_code=200, guards=_TAKING)
async def decline(house: House, actor: Actor, invitation: UUID) -> Response[dict[str, Any]]:
    """The colleague says no."""
    return await told(
        house,
        actor,
        lambda tx: inviting.decline(house, tx, invitation, actor),
        invitation=str(invitation),
        outcome="declined",
    )


@post("/desk/invitations/{invitation:uuid}/withdraw", status_code=200, guards=_TAKING)
async def withdraw(house: House, actor: Actor, invitation: UUID) -> Response[dict[str, Any]]:
    """Whoever asked takes the question back."""
    return await told(
        house,
        actor,
        lambda tx: inviting.withdraw(house, tx, invitation, actor),
        invitation=str(invitation),
        outcome="withdrawn",
    )


@post("/desk/conversations/{conversation:uuid}/leave", status_code=200, guards=_TAKING)
async def leave(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """One's own part in somebody else's conversation ends, or the owner ends a colleague's."""
    form, _, _ = await read_form(request, Whom)

    async def work(tx: Transaction) -> Conversation:
        talk = await locked(tx, conversation)
        await parties.leave(house, tx, talk, actor, form.staff if form else None)
        return talk

    return await answered(house, actor, work)


@post("/desk/conversations/{conversation:uuid}/hand-back", status_code=200, guards=_TAKING)
async def hand_back(house: House, actor: Actor, conversation: UUID) -> Response[dict[str, Any]]:
    """The bot goes on with it."""
    return await answered(house, actor, lambda tx: handing_back.hand_back(house, tx, conversation, actor))


@post("/desk/conversations/{conversation:uuid}/take-over", status_code=200, guards=_WATCHING)
async def take_over(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """A supervisor goes on with it in person."""
    form, _, _ = await read_form(request, Why)
    why = form.why if form else ""
    return await answered(
        house, actor, lambda tx: supervising.assign_to(house, tx, conversation, UUID(actor.id), actor, why)
    )


@post("/desk/conversations/{conversation:uuid}/force-close", status_code=200, guards=_WATCHING)
async def force_close(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """A supervisor closes it, with a reason."""
    form, _, _ = await read_form(request, Why)
    why = form.why if form else ""
    return await answered(house, actor, lambda tx: supervising.force_close(house, tx, conversation, actor, why))


ROUTES: list[Any] = [accept, decline, withdraw, leave, hand_back, take_over, force_close]
