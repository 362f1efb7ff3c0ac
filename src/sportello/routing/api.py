"""Doors for an agent's answers and presence, and for supervisors' interventions; each answers JSON, also twice."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations.api import refusal
from sportello.conversations.moves import NotPossible
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import accepting, rejecting, supervising, waiting
from sportello.routing.answering import answered, told
from sportello.routing.lines import Lines
from sportello.routing.people import NO_AGENT
from sportello.routing.presence import named, set_presence
from sportello.routing.store.presences import Standing

_TAKING = [requires(Permission.TAKE_CONVERSATION)]
_WATCHING = [requires(Permission.SUPERVISE)]
NO_PRESENCE = N_("Choose one of the presences.")


class Chosen(Struct):
    """A presence's form."""

    presence: str


class Given(Struct):
    """Whom a conversation is given to, and why; `seen` is whose it was when it was looked at, "nobody" included."""

    staff: UUID
    note: str = ""
    seen: str = ""


class Put(Struct):
    """The queue a conversation is put into; empty for the one it came from."""

    queue: str = ""
    note: str = ""


@post("/desk/offers/{offer:uuid}/accept", status_code=200, guards=_TAKING)
async def accept(house: House, actor: Actor, offer: UUID) -> Response[dict[str, Any]]:
    """The conversation becomes the agent's."""
    return await answered(house, actor, lambda tx: accepting.accept(house, tx, offer, actor))


@post("/desk/offers/{offer:uuid}/reject", status_code=200, guards=_TAKING)
async def reject(house: House, actor: Actor, offer: UUID) -> Response[dict[str, Any]]:
    """The next agent is asked."""
    return await told(
        house, actor, lambda tx: rejecting.reject(house, tx, offer, actor), offer=str(offer), outcome="rejected"
    )


@post("/desk/conversations/{conversation:uuid}/take", status_code=200, guards=_TAKING)
async def take(house: House, actor: Actor, conversation: UUID) -> Response[dict[str, Any]]:
    """Takes a conversation out of the queue by hand."""
    return await answered(house, actor, lambda tx: accepting.take(house, tx, conversation, actor))


@post("/desk/conversations/{conversation:uuid}/put-by", status_code=200, guards=_TAKING)
async def put_by(house: House, actor: Actor, conversation: UUID) -> Response[dict[str, Any]]:
    """The agent goes on with other things until the patient writes."""
    return await answered(house, actor, lambda tx: waiting.put_by(house, tx, conversation, actor))


@post("/desk/conversations/{conversation:uuid}/take-up", status_code=200, guards=_TAKING)
async def take_up(house: House, actor: Actor, conversation: UUID) -> Response[dict[str, Any]]:
    """The agent goes on with what was put by."""
    return await answered(house, actor, lambda tx: waiting.take_up(house, tx, conversation, actor))


@post("/desk/conversations/{conversation:uuid}/release", status_code=200, guards=_TAKING)
async def release(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """Puts a conversation back into a queue."""
    form, _, _ = await read_form(request, Put)
    queue, note = ((form.queue or None), form.note) if form else (None, "")
    return await answered(house, actor, lambda tx: supervising.release(house, tx, conversation, actor, queue, note))


@post("/desk/conversations/{conversation:uuid}/assign", status_code=200, guards=_WATCHING)
async def assign(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[dict[str, Any]]:
    """A supervisor gives a conversation to an agent."""
    form, _, _ = await read_form(request, Given)
    if form is None:
        return refusal(NotPossible(NO_AGENT, "no-agent"), actor.language)
    return await answered(
        house,
        actor,
        lambda tx: supervising.assign_to(house, tx, conversation, form.staff, actor, form.note, form.seen or None),
    )


@post("/desk/agents/{staff:uuid}/presence", status_code=200, guards=_WATCHING)
async def free(request: Request[Any, Any, Any], house: House, actor: Actor, staff: UUID) -> Response[dict[str, Any]]:
    """A supervisor sets somebody's presence."""
    return await _present(request, house, actor, staff)


@post("/desk/presence", status_code=200, guards=_TAKING)
async def choose(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[dict[str, Any]]:
    """One's own presence."""
    return await _present(request, house, actor, UUID(actor.id))


@post("/desk/presence/input", status_code=204, guards=_TAKING)
async def touched(house: House, actor: Actor) -> None:
    """The agent types or points at a desk that cannot say so on a socket."""
    house.port(Lines).touched(UUID(actor.id))


async def _present(
    request: Request[Any, Any, Any], house: House, actor: Actor, staff: UUID
) -> Response[dict[str, Any]]:
    form, _, _ = await read_form(request, Chosen)

    async def work(tx: Transaction) -> Standing:
        chosen = await named(house, tx, form.presence if form else "")
        if chosen is None:
            raise NotPossible(NO_PRESENCE, "empty")
        return await set_presence(house, tx, actor, chosen[0], staff, chosen[1])

    try:
        now = await house.db.run(work)
    except NotPossible as refused:
        return refusal(refused, actor.language)
    body = {"staff": str(staff), "presence": now.presence, "own": now.own, "since": now.since}
    return Response(body, status_code=200)


ROUTES: list[Any] = [accept, reject, take, put_by, take_up, release, assign, free, choose, touched]
