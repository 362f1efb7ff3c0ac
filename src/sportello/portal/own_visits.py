"""Where patients book, move and cancel their own visits: the staff's wizard and its rules, as forms for any phone.

Without scripts on purpose: an old phone on a poor line sends one small form a step, and a reload loses nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import patient_door
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.kit.security.rate_limit import rate_limit
from sportello.portal.pages import mark
from sportello.scheduling import confirming, wizard, wizard_view
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.delegates import Books
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.moving import CannotMove
from sportello.scheduling.pages import texts
from sportello.scheduling.reading import appointment as booked
from sportello.scheduling.rules import CANCELLABLE, IllegalMove
from sportello.scheduling.wizard import Turn, UnknownWizard

Answer = Response[Any]
TOO_LATE = N_("It is too late to change this visit here. Please call us or write to us.")
NO_LONGER = N_("This visit can no longer be cancelled.")


class OwnVisits(Controller):
    """The doors of a signed-in patient's visits."""

    path = "/portal"
    guards = [patient_door]  # noqa: RUF012

    @post("/wizard", status_code=200)
    async def begin(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Begins a booking, or the move of `appointment`."""
        form = await texts(request)
        rate_limit(house, ("portal.wizard", actor.id), 30, 3600)
        moved = as_uuid(form.get("appointment", ""))

        async def work(tx: Transaction) -> Wizard:
            patient = await whom(house, tx, actor, form.get("for", ""))
            if moved is not None:
                one = await _own(house, tx, actor, moved)
                if one.late(house.clock.now()):
                    raise CannotMove(TOO_LATE)
                patient = one.patient
            return await wizard.begin(house, tx, actor, patient, None, moved)

        try:
            made = await house.db.run(work)
        except CannotMove as refusal:
            return _refused(request, house, str(refusal), 409)
        return Redirect(f"/portal/wizard/{made.id}", status_code=303)

    @get("/wizard/{wizard_id:str}")
    async def current(self, request: Request[Any, Any, Any], house: House, actor: Actor, wizard_id: str) -> Answer:
        """The step the booking is at."""

        async def work(tx: Transaction) -> tuple[Turn, dict[str, Any]]:
            one = await _draft(house, tx, actor, wizard_id)
            return Turn(one), await wizard_view.context(house, tx, actor, one)

        return await _shown(request, house, work, posted=False)

    @post("/wizard/{wizard_id:str}/leave", status_code=200)
    async def leave(self, house: House, actor: Actor, wizard_id: str) -> Answer:
        """Gives the time back and ends the booking."""

        async def work(tx: Transaction) -> None:
            one = await _draft(house, tx, actor, wizard_id)
            await wizard.leave(house, tx, one.id, discard=True)

        await house.db.run(work)
        return Redirect("/portal", status_code=303)

    @post("/wizard/{wizard_id:str}/{step:str}", status_code=200)
    async def step(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, wizard_id: str, step: str
    ) -> Answer:
        """What a step's form says, and what its button asks."""
        form = await texts(request)

        async def work(tx: Transaction) -> tuple[Turn, dict[str, Any]]:
            one = await _draft(house, tx, actor, wizard_id)
            turn = await wizard.take(house, tx, actor, one.id, step, form)
            return turn, await wizard_view.context(house, tx, actor, turn.wizard)

        return await _shown(request, house, work, posted=True)

    @get("/appointments/{appointment:str}/cancellation")
    async def ask(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """Asks whether the visit is really to be cancelled."""
        async with house.db.transaction() as tx:
            one = await _own(house, tx, actor, as_uuid(appointment))
        if one.status not in CANCELLABLE:
            return _refused(request, house, NO_LONGER, 409)
        if one.late(house.clock.now()):
            return _refused(request, house, TOO_LATE, 409)
        return house.pages.render(request, "portal/cancellation.html", appointment=one, chat_session=mark(request))

    @post("/appointments/{appointment:str}/cancellation", status_code=200)
    async def cancel(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """Cancels it; a mail says so where an address is known."""

        async def work(tx: Transaction) -> None:
            one = await _own(house, tx, actor, as_uuid(appointment))
            if one.late(house.clock.now()):
                raise CannotMove(TOO_LATE)
            ended = await cancel(house, tx, actor, one.id, CancelReason.PATIENT)
            await confirming.confirm_to_patient(house, tx, actor, ended)

        try:
            await house.db.run(work)
        except IllegalMove:
            return _refused(request, house, NO_LONGER, 409)
        except NotReached as refusal:
            return _refused(request, house, refusal.told(own=True), 503)
        except CannotMove as refusal:
            return _refused(request, house, str(refusal), 409)
        return Redirect("/portal?cancelled=yes", status_code=303)


async def _shown(
    request: Request[Any, Any, Any],
    house: House,
    work: Callable[[Transaction], Awaitable[tuple[Turn, dict[str, Any]]]],
    *,
    posted: bool,
) -> Answer:
    try:
        turn, context = await house.db.run(work)
    except CannotMove as refusal:
        return _refused(request, house, str(refusal), 409)
    except UnknownWizard as missing:
        raise NotFoundException from missing
    if posted and not turn.errors:
        return Redirect(f"/portal/wizard/{turn.wizard.id}", status_code=303)
    status = 409 if turn.raced else 422 if turn.errors else 200
    return house.pages.render(
        request, "portal/booking.html", status=status, errors=turn.errors, moved=True, alone=True,
        doors="/portal/wizard", own=True, chat_session=mark(request), **context,
    )  # fmt: skip


async def _draft(house: House, tx: Transaction, actor: Actor, wizard_id: str) -> Wizard:
    """The patient's own draft; somebody else's is as unknown as one that never was."""
    known = as_uuid(wizard_id)
    try:
        one = await wizard.read(tx, known) if known else None
    except UnknownWizard as missing:
        raise NotFoundException from missing
    if one is None or one.staff != actor.id:
        raise NotFoundException
    await whom(house, tx, actor, one.patient)
    return one


async def _own(house: House, tx: Transaction, actor: Actor, appointment: UUID | None) -> Appointment:
    one = await booked(tx, appointment) if appointment else None
    if one is None:
        raise NotFoundException
    await whom(house, tx, actor, one.patient)
    return one


async def whom(house: House, tx: Transaction, actor: Actor, patient: str) -> str:
    """For whom: the patient themselves, or one for whom they may book; anybody else is as unknown as nobody."""
    if patient and patient != actor.id and not await Books().may(house, tx, actor.id, patient):
        raise NotFoundException
    return patient or actor.id


def _refused(request: Request[Any, Any, Any], house: House, why: str, status: int) -> Answer:
    return house.pages.render(request, "portal/refused.html", status=status, why=why, chat_session=mark(request))


ROUTES: list[Any] = [OwnVisits]
