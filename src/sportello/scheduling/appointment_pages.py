"""A patient's appointments: what is ahead, moving and cancelling it."""

from datetime import timedelta
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
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.kit.ids import as_uuid
from sportello.record import reading
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.scheduling import confirming, delegates, meeting_links, series
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.cancelling import UnknownAppointment, cancel
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.drafts import MOST_DETAILS
from sportello.scheduling.elsewhere_together import together
from sportello.scheduling.pages import is_part, plain, show, texts
from sportello.scheduling.rules import CANCELLABLE, IllegalMove
from sportello.scheduling.store import appointments, wizards
from sportello.scheduling.wizard import GONE_ON_WITH

Answer = Response[Any]
CHOOSE_WHY = N_("Choose why the appointment is cancelled.")
NO_LONGER = N_("This appointment can no longer be cancelled.")
SOME_STAND = N_(
    "The others are cancelled, but the system that keeps the calendars did not answer for these: %(times)s. They stand:"
    " please cancel them in a moment."
)
_SHOWN_AFTER = timedelta(hours=12)  # a visit of today stays in the list

_BOOKS = requires(Permission.APPOINTMENT_BOOK)
_READS = requires(Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK)


class AppointmentPages(Controller):
    """The doors of appointments that exist."""

    path = "/desk/scheduling"

    @get("/patient/{patient:str}/appointments", guards=[_READS])
    async def of_patient(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """What is ahead, and unfinished bookings."""
        return await _list(request, house, actor, patient)

    @get("/appointments", guards=[_READS])
    async def asked(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The same for `?patient=`."""
        patient = plain(request.query_params.get("patient", ""))
        if not patient:
            return show(request, house, "scheduling/choose_patient.html")
        return await _list(request, house, actor, patient)

    @get("/appointments/{appointment:str}/status", guards=[_READS])
    async def status(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """Where the link of a virtual visit stands."""
        async with house.db.transaction() as tx:
            one = await _read(tx, appointment)
            await audit.record(house, tx, actor, "patient.read", patient=one.patient, entity=f"appointment/{one.id}")
        return house.pages.render(request, "scheduling/status.html", appointment=one)

    @post("/appointments/{appointment:str}/link", guards=[_BOOKS], status_code=200)
    async def link(self, request: Request[Any, Any, Any], house: House, appointment: str) -> Answer:
        """Tries again to make a link that the maker gave up on."""
        async with house.db.transaction() as tx:
            one = await _read(tx, appointment)
            if one.status is AppointmentStatus.PENDING:
                await meeting_links.wanted(house, tx, one.id)
            one = await _read(tx, appointment)
        if not is_part(request):
            return Redirect(f"/desk/scheduling/patient/{one.patient}/appointments", status_code=303)
        return house.pages.render(request, "scheduling/status.html", appointment=one)

    @get("/appointments/{appointment:str}/cancellation", guards=[_BOOKS])
    async def ask_why(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """Asks why, and whether to tell the patient."""
        return await _cancellation(request, house, actor, appointment, {}, {})

    @post("/appointments/{appointment:str}/cancellation", guards=[_BOOKS], status_code=200)
    async def cancel(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """Cancels; its time is free again."""
        form = await texts(request)
        why = form.get("why", "")
        if why not in list(CancelReason):
            return await _cancellation(request, house, actor, appointment, form, {"why": CHOOSE_WHY})

        note = form.get("note", "").strip()[:MOST_DETAILS]

        async def work(tx: Transaction) -> tuple[Appointment, list[Appointment]]:
            one = await _read(tx, appointment)
            rest = [each.id for each in await series.later(tx, one)] if form.get("rest") == "yes" else []
            async with together(house, tx):
                ended = await cancel(house, tx, actor, one.id, CancelReason(why), note)
                also, stand = await series.cancel_rest(house, tx, actor, rest, CancelReason(why), note)
            if form.get("mail") == "yes":
                for each in [ended, *also]:
                    await confirming.confirm_to_patient(house, tx, actor, each)
            return ended, stand

        try:
            ended, stand = await house.db.run(work)
        except UnknownAppointment as missing:
            raise NotFoundException from missing
        except IllegalMove:
            return await _cancellation(request, house, actor, appointment, form, {"": NO_LONGER})
        except NotReached as refusal:
            return await _cancellation(request, house, actor, appointment, form, {"why": refusal.said})
        if stand:
            return show(request, house, "scheduling/refused.html", status=409, why=_some_stand(house, actor, stand))
        if not is_part(request):
            return Redirect(f"/desk/scheduling/patient/{ended.patient}/appointments", status_code=303)
        return await _list(request, house, actor, ended.patient, cancelled=ended)


def _some_stand(house: House, actor: Actor, stand: list[Appointment]) -> str:
    at = [format_datetime(one.starts, actor.language, house.settings.clinic.tz, "short") for one in stand if one.starts]
    return translate(actor.language, SOME_STAND, times="; ".join(at))


async def _list(
    request: Request[Any, Any, Any], house: House, actor: Actor, patient: str, cancelled: Appointment | None = None
) -> Answer:
    async def work(tx: Transaction) -> tuple[Any, Any, Any, Any]:
        header = await reading.patient_header(house, tx, actor, plain(patient))
        found = await appointments.of_patient(tx, header.id, house.clock.now() - _SHOWN_AFTER)
        drafts = await wizards.unfinished(tx, header.id, actor.id, house.clock.now() - GONE_ON_WITH)
        return header, found, drafts, await delegates.represented(house, tx, actor, header.id)

    try:
        header, found, drafts, represented = await house.db.run(work)
    except UnknownPatient as missing:
        raise NotFoundException from missing
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    return show(
        request, house, "scheduling/appointments.html", patient=header, appointments=found, drafts=drafts,
        represented=represented,
        cancelled=cancelled, cancellable=CANCELLABLE, may_book=actor.may(Permission.APPOINTMENT_BOOK),
        conversation=request.query_params.get("conversation", ""), now=house.clock.now(),
    )  # fmt: skip


async def _cancellation(
    request: Request[Any, Any, Any],
    house: House,
    actor: Actor,
    appointment: str,
    said: dict[str, str],
    errors: dict[str, str],
) -> Answer:
    async def work(tx: Transaction) -> tuple[Appointment, Any, Any]:
        one = await _read(tx, appointment)
        header = await reading.patient_header(house, tx, actor, one.patient)
        return one, header, await series.later(tx, one)

    one, header, rest = await house.db.run(work)
    if one.status not in CANCELLABLE:
        return show(request, house, "scheduling/refused.html", status=409, why=NO_LONGER)
    return show(
        request, house, "scheduling/cancellation.html", status=422 if errors else 200, appointment=one, said=said,
        errors=errors, email=header.email, rest=rest, prefix=f"c{one.id.hex[-8:]}-",
    )  # fmt: skip


async def _read(tx: Transaction, appointment: str) -> Appointment:
    known: UUID | None = as_uuid(appointment)
    one = await appointments.read(tx, known) if known else None
    if one is None:
        raise NotFoundException
    return one
