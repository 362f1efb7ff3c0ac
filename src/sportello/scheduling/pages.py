"""Where staff come in to book: the wizard's steps, each a form that works with and without scripts."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_number, as_uuid
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.scheduling import series, wizard, wizard_view
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.holding import HoldEnded
from sportello.scheduling.moving import CannotMove
from sportello.scheduling.wizard import Turn, UnknownWizard

Answer = Response[Any]
_BOOKS = [requires(Permission.APPOINTMENT_BOOK)]


class WizardPages(Controller):
    """The doors of the booking wizard."""

    path = "/desk/scheduling/wizard"

    @get(guards=_BOOKS)
    async def enter(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The draft for `?patient=&conversation=`: begun when there is none, gone on with when there is."""
        asked = {name: plain(value) for name, value in request.query_params.items()}
        if not asked.get("patient"):
            return show(request, house, "scheduling/choose_patient.html")
        return await _begin(request, house, actor, asked, again=True)

    @post(guards=_BOOKS, status_code=200)
    async def begin(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Begins a booking of `patient`, or the move of `appointment`."""
        return await _begin(request, house, actor, await texts(request), again=False)

    @get("/{wizard_id:str}", guards=_BOOKS)
    async def current(self, request: Request[Any, Any, Any], house: House, actor: Actor, wizard_id: str) -> Answer:
        """The step the draft is at."""

        async def work(tx: Transaction) -> tuple[Turn, dict[str, Any]]:
            one = await wizard.read(tx, _id(wizard_id))
            await audit.record(house, tx, actor, "patient.read", patient=one.patient, entity=f"wizard/{one.id}")
            return Turn(one), await wizard_view.context(house, tx, actor, one)

        return await _shown(request, house, work, moved=False)

    @post("/{wizard_id:str}/hold", guards=_BOOKS, status_code=200)
    async def renew(self, house: House, wizard_id: str) -> Response[dict[str, str]]:
        """Another five minutes for the held time, as long as the wizard is open; 410 when it is too late."""
        known = _id(wizard_id)
        try:
            kept = await house.db.run(lambda tx: series.renew(house, tx, f"wizard:{known}"))
        except HoldEnded:
            return Response({"error": "ended"}, status_code=410)
        return Response({"until": kept.expires_at.isoformat(), "last": kept.last_at.isoformat()})

    @post("/{wizard_id:str}/leave", guards=_BOOKS, status_code=200)
    async def leave(self, request: Request[Any, Any, Any], house: House, wizard_id: str) -> Answer:
        """Gives the held time back; `discard` also ends the draft and goes to the patient's appointments."""
        discard = "discard" in await texts(request)
        try:
            one = await house.db.run(lambda tx: wizard.leave(house, tx, _id(wizard_id), discard=discard))
        except UnknownWizard as missing:
            raise NotFoundException from missing
        if not discard and is_part(request):
            return Response(None, status_code=204)
        return Redirect(f"/desk/scheduling/patient/{one.patient}/appointments", status_code=303)

    @post("/{wizard_id:str}/{step:str}", guards=_BOOKS, status_code=200)
    async def step(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, wizard_id: str, step: str
    ) -> Answer:
        """What a step's form says, and what its button asks."""
        form = await texts(request)

        async def work(tx: Transaction) -> tuple[Turn, dict[str, Any]]:
            turn = await wizard.take(house, tx, actor, _id(wizard_id), step, form)
            return turn, await wizard_view.context(house, tx, actor, turn.wizard)

        return await _shown(request, house, work, moved=True)


async def _begin(
    request: Request[Any, Any, Any], house: House, actor: Actor, asked: dict[str, str], *, again: bool
) -> Answer:
    async def work(tx: Transaction) -> tuple[Turn, dict[str, Any]]:
        one = await wizard.begin(
            house, tx, actor, asked.get("patient", ""), as_uuid(asked.get("conversation", "")),
            as_uuid(asked.get("appointment", "")), again=again, near=as_number(asked.get("slot", "")),
            practitioner=asked.get("practitioner", ""), over=asked.get("over") == "yes",
            earlier=asked.get("earlier") == "yes",
        )  # fmt: skip
        return Turn(one), await wizard_view.context(house, tx, actor, one)

    return await _shown(request, house, work, moved=not again)


async def _shown(
    request: Request[Any, Any, Any],
    house: House,
    work: Callable[[Transaction], Awaitable[tuple[Turn, dict[str, Any]]]],
    *,
    moved: bool,
) -> Answer:
    try:
        turn, context = await house.db.run(work)
    except CannotMove as refusal:
        return show(request, house, "scheduling/refused.html", status=409, why=str(refusal))
    except (UnknownWizard, UnknownPatient) as missing:
        raise NotFoundException from missing
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    one: Wizard = turn.wizard
    if moved and not turn.errors and not is_part(request):
        return Redirect(f"/desk/scheduling/wizard/{one.id}", status_code=303)
    status = 409 if turn.raced else 422 if turn.errors else 200
    return show(request, house, "scheduling/wizard.html", status=status, errors=turn.errors, moved=moved, **context)


def show(request: Request[Any, Any, Any], house: House, template: str, *, status: int = 200, **context: Any) -> Answer:
    """A part for a tab of the desk, or the page around it for a browser that comes directly."""
    context |= {"doors": "/desk/scheduling/wizard", "own": False}
    if is_part(request):
        return house.pages.render(request, template, status=status, alone=False, **context)
    return house.pages.render(request, "scheduling/page.html", status=status, inner=template, alone=True, **context)


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks."""
    return request.headers.get("hx-request") == "true"


async def texts(request: Request[Any, Any, Any]) -> dict[str, str]:
    """What a form says, files left out."""
    return {name: plain(value) for name, value in (await request.form()).items() if isinstance(value, str)}


def plain(text: str) -> str:
    """Without NUL, which no PostgreSQL text can hold."""
    return text.replace("\x00", "")


def _id(text: str) -> UUID:
    known = as_uuid(text)
    if known is None:
        raise NotFoundException
    return known
