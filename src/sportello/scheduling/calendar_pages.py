"""Where staff see and change the calendar: days and weeks, a time, a visit, moving a visit to another time."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number, as_uuid
from sportello.record import reading
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.scheduling import calendar_view, confirming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.attending import attend
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import NO_OVERBOOKING, NotReached
from sportello.scheduling.cancelling import UnknownAppointment
from sportello.scheduling.drafts import MOST_DETAILS
from sportello.scheduling.moving import CannotMove, Move, move, wanted_for
from sportello.scheduling.pages import is_part, plain, show, texts
from sportello.scheduling.picking import PATIENT_BUSY, TAKEN
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.rules import ATTENDING, CANCELLABLE, MOVABLE, MOVES, IllegalMove, may_attend
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import appointments, slots

Answer = Response[Any]
NOT_NOW = N_("This cannot be said of the appointment, or not yet.")
_BOOKS = requires(Permission.APPOINTMENT_BOOK)
_READS = requires(Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK)


class CalendarPages(Controller):
    """The doors of the staff's calendar."""

    path = "/desk/scheduling/calendar"

    @get(guards=[_READS])
    async def calendar(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """A day or a week."""
        return await _calendar(request, house, actor, "scheduling/calendar.html")

    @get("/table", guards=[_READS])
    async def table(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The table alone, for whoever is told that it has changed."""
        return await _calendar(request, house, actor, "scheduling/_table.html")

    @get("/move", guards=[_BOOKS])
    async def ask_move(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Asks whether `?appointment=` shall go to `?slot=`."""
        return await _moving(request, house, actor, dict(request.query_params), "")

    @post("/move", guards=[_BOOKS], status_code=200)
    async def move(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Moves it; a lost race leaves it where it was."""
        form = await texts(request)

        async def work(tx: Transaction) -> Appointment:
            one = await _read(tx, form.get("appointment", ""))
            change = Move(one.id, as_number(form.get("slot", "")), form.get("note", "")[:MOST_DETAILS], anywhere=True)
            moved = await move(house, tx, actor, change)
            if form.get("mail") == "yes":
                await confirming.confirm_to_patient(house, tx, actor, moved)
            return moved

        try:
            moved = await house.db.run(work)
        except SlotTaken:
            return await _moving(request, house, actor, form, TAKEN)
        except PatientBusy:
            return await _moving(request, house, actor, form, PATIENT_BUSY)
        except NotReached as refusal:
            return await _moving(request, house, actor, form, refusal.said)
        except (CannotMove, NotYet) as refusal:
            return await _moving(request, house, actor, form, str(refusal))
        return Redirect(f"/desk/scheduling/calendar/visit/{moved.id}?moved=yes", status_code=303)

    @get("/visit/{appointment:str}", guards=[_READS])
    async def visit(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """One visit: who, when, what happened to it, what can be done."""
        return await _visit(request, house, actor, appointment, "")

    @post("/visit/{appointment:str}/status", guards=[_BOOKS], status_code=200)
    async def status(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """The patient arrived, was checked in, was seen, did not come."""
        form = await texts(request)
        to = next((one for one in ATTENDING if one == form.get("status")), None)
        known = as_uuid(appointment)
        if to is None or known is None:
            raise NotFoundException
        try:
            await house.db.run(lambda tx: attend(house, tx, actor, known, to))
        except UnknownAppointment as missing:
            raise NotFoundException from missing
        except IllegalMove:
            return await _visit(request, house, actor, appointment, NOT_NOW)
        return Redirect(f"/desk/scheduling/calendar/visit/{appointment}", status_code=303)

    @get("/slot/{slot:int}", guards=[_BOOKS])
    async def slot(self, request: Request[Any, Any, Any], house: House, actor: Actor, slot: int) -> Answer:
        """One time: for whom is it to be booked? `?q=` searches."""
        words = plain(request.query_params.get("q", ""))[:200]

        async def work(tx: Transaction) -> tuple[Any, Any]:
            found = await slots.whole(tx, [slot] if 0 < slot < 2**63 else [])
            if not found:
                raise NotFoundException
            try:
                return found, await reading.find_patients(house, tx, actor, words) if words else []
            except NotAllowed as refusal:
                raise PermissionDeniedException from refusal

        found, people = await house.db.run(work)
        over = found[0].status in ("busy", "busy-tentative")
        if over and not actor.may(Permission.APPOINTMENT_OVERBOOK):
            raise PermissionDeniedException
        if over and found[0].remote:
            return show(request, house, "scheduling/refused.html", status=409, why=NO_OVERBOOKING)
        return house.pages.render(request, "scheduling/slot.html", slot=found[0], people=people, words=words, over=over)


async def _calendar(request: Request[Any, Any, Any], house: House, actor: Actor, template: str) -> Answer:
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    what = calendar_view.asked({name: plain(value) for name, value in request.query_params.items()}, today)

    async def work(tx: Transaction) -> dict[str, Any]:
        context = await calendar_view.shown(house, tx, actor, what)
        known = as_uuid(what.moving)
        moved = await appointments.read(tx, known) if known else None
        return context | {"moved": moved, "free_for": await _free_for(tx, moved, context["table"], context["now"])}

    context = await house.db.run(work)
    return house.pages.render(
        request, template, may_book=actor.may(Permission.APPOINTMENT_BOOK),
        may_overbook=actor.may(Permission.APPOINTMENT_OVERBOOK), **context,
    )  # fmt: skip


async def _free_for(tx: Transaction, one: Appointment | None, table: Any, now: datetime) -> set[int]:
    """Which of the table's free times to come offer what the visit is for."""
    if one is None or one.status not in MOVABLE or not one.service:
        return set()
    calendars = set(await slots.schedules(tx, wanted_for(one, anywhere=True)))
    found = (cell.slot for row in table.rows for cell in row.cells if cell.slot)
    return {slot.id for slot in found if slot.status == "free" and slot.starts > now and slot.schedule in calendars}


async def _moving(
    request: Request[Any, Any, Any], house: House, actor: Actor, form: dict[str, str], error: str
) -> Answer:

    async def work(tx: Transaction) -> tuple[Appointment, Any, Any]:
        one = await _read(tx, plain(form.get("appointment", "")))
        found = await slots.whole(tx, [as_number(form.get("slot", ""))])
        try:
            return one, found, await reading.patient_header(house, tx, actor, one.patient)
        except UnknownPatient as missing:
            raise NotFoundException from missing
        except NotAllowed as refusal:
            raise PermissionDeniedException from refusal

    one, found, header = await house.db.run(work)
    if not found:
        raise NotFoundException
    return house.pages.render(
        request, "scheduling/move.html", status=409 if error else 200, appointment=one, slot=found[0], patient=header,
        error=error, said=form,
    )  # fmt: skip


async def _visit(request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str, error: str) -> Answer:
    now = house.clock.now()

    async def work(tx: Transaction) -> tuple[Appointment, Any, Any]:
        one = await _read(tx, appointment)
        try:
            header = await reading.patient_header(house, tx, actor, one.patient)
        except UnknownPatient as missing:
            raise NotFoundException from missing
        except NotAllowed as refusal:
            raise PermissionDeniedException from refusal
        history = await appointments.changes(tx, one.id)
        await audit.record(house, tx, actor, "appointment.read", patient=one.patient, entity=f"appointment/{one.id}")
        return one, header, history

    one, header, history = await house.db.run(work)
    can = [to for to in ATTENDING if to in MOVES[one.status] and may_attend(to, one.starts, now)]
    return house.pages.render(
        request, "scheduling/appointment.html", status=409 if error else 200, appointment=one, patient=header,
        history=history, can=can, movable=one.status in MOVABLE, cancellable=one.status in CANCELLABLE, error=error,
        moved="moved" in request.query_params, may_book=actor.may(Permission.APPOINTMENT_BOOK), part=is_part(request),
    )  # fmt: skip


async def _read(tx: Transaction, appointment: str) -> Appointment:
    known = as_uuid(appointment)
    one = await appointments.read(tx, known) if known else None
    if one is None:
        raise NotFoundException
    return one
