"""What became of the mails about an appointment or to a patient, what the patient wants, what staff must see to."""

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
from sportello.kit.ids import as_uuid
from sportello.outreach import addresses, sending, store, tasks, wording
from sportello.outreach.store import Message, terms
from sportello.outreach.store import tasks as task_store
from sportello.outreach.store.terms import Wishes
from sportello.record import naming
from sportello.record import reading as record
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.header import PatientHeader
from sportello.scheduling import reading
from sportello.scheduling.pages import plain, texts

Answer = Response[Any]
WRONG_ADDRESS = N_("Write an e-mail address, such as name@example.org.")
_READS = requires(Permission.APPOINTMENT_BOOK, Permission.APPOINTMENT_READ)
_BOOKS = requires(Permission.APPOINTMENT_BOOK)
_SHOWN = 100


class OutreachPages(Controller):
    """The doors of the message log."""

    path = "/desk/outreach"

    @get("/appointment/{appointment:str}", guards=[_READS])
    async def about(self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
        """The mails about an appointment; asks again by itself while one is waiting."""
        return await _about(request, house, actor, appointment)

    @post("/appointment/{appointment:str}/link", status_code=200, guards=[_BOOKS])
    async def link(self, house: House, actor: Actor, appointment: str) -> Answer:
        """The link of a virtual visit once more, to the address in the record."""
        known = as_uuid(appointment)

        async def work(tx: Transaction) -> None:
            one = await reading.appointment(tx, known) if known else None
            if one is None:
                raise NotFoundException
            if await sending.send_link(house, tx, actor, one):
                await audit.record(
                    house, tx, actor, "appointment.confirmation", patient=one.patient, entity=f"appointment/{one.id}"
                )

        await house.db.run(work)
        return Redirect(f"/desk/outreach/appointment/{known}", status_code=303)

    @post("/message/{message:str}/again", status_code=200, guards=[_BOOKS])
    async def again(self, request: Request[Any, Any, Any], house: House, actor: Actor, message: str) -> Answer:
        """Another try of a mail that was given up or came back, perhaps to another address."""
        form, known = await texts(request), as_uuid(message)
        to = form.get("to", "").strip()
        async with house.db.transaction() as tx:
            one = await store.read(tx, known) if known else None
        if one is None:
            raise NotFoundException
        if to and not addresses.usable(to):
            return await _about(request, house, actor, str(one.appointment), {"id": one.id, "to": to})

        async def work(tx: Transaction) -> None:
            assert one is not None
            tried = await sending.again(house, tx, one.id, to)
            if tried and to and to != tried.recipient:
                entity = f"mail/{tried.id}"
                await audit.record(house, tx, actor, "letter.redirected", patient=tried.patient, entity=entity)

        await house.db.run(work)
        if request.headers.get("hx-request") != "true" and "/tasks" in request.headers.get("referer", ""):
            return Redirect("/desk/outreach/tasks?done=sent", status_code=303)
        return Redirect(f"/desk/outreach/appointment/{one.appointment}", status_code=303)

    @get("/patient/{patient:str}", guards=[_READS])
    async def of_patient(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """What was written to a patient, and what they want."""
        async with house.db.transaction() as tx:
            header = await _header(house, tx, actor, patient)
            messages = await store.of_patient(tx, header.id, _SHOWN)
            wishes = await terms.wishes(tx, header.id)
        return house.pages.render(
            request, "outreach/patient.html", patient=header, messages=messages, wishes=wishes, kinds=wording.KINDS,
            languages=house.settings.clinic.languages, may_change=actor.may(Permission.APPOINTMENT_BOOK),
            done="done" in request.query_params,
        )  # fmt: skip

    @post("/patient/{patient:str}", guards=[_BOOKS], status_code=200)
    async def wish(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """What the patient said they want."""
        form = await texts(request)

        async def work(tx: Transaction) -> str:
            header = await _header(house, tx, actor, patient)
            await addresses.wish(house, tx, actor, header.id, wishes_of(form))
            return header.id

        known = await house.db.run(work)
        return Redirect(f"/desk/outreach/patient/{known}?done=yes", status_code=303)

    @get("/patient/{patient:str}/trouble", guards=[_READS])
    async def trouble(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """For the top of a patient's page: whether something about their visits waits for a person."""
        async with house.db.transaction() as tx:
            found = await task_store.of_patient(tx, plain(patient)[:64])
            if found:
                await audit.record(house, tx, actor, "patient.read", patient=found[0].patient, entity="mail")
        return house.pages.render(request, "outreach/_trouble.html", tasks=found, kinds=tasks.KINDS)

    @get("/tasks", guards=[_READS])
    async def tasks(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """What waits for a person, the oldest first."""
        async with house.db.transaction() as tx:
            found = await task_store.waiting(tx)
            visits = {one.id: await reading.appointment(tx, one.appointment) for one in found}
            mails: dict[Any, Message | None] = {
                one.id: await store.read(tx, one.message) if one.message else None for one in found
            }
            names = await naming.names(house, tx, actor, {one.patient for one in found}, "tasks")
        return house.pages.render(
            request, "outreach/tasks.html", tasks=found, visits=visits, mails=mails, names=names, kinds=tasks.KINDS,
            may_book=actor.may(Permission.APPOINTMENT_BOOK), done=request.query_params.get("done", ""),
        )  # fmt: skip

    @post("/tasks/{task:str}/done", guards=[_BOOKS], status_code=200)
    async def done(self, house: House, actor: Actor, task: str) -> Answer:
        """Somebody saw to it, outside of Sportello perhaps."""
        known = as_uuid(task)
        if known is None:
            raise NotFoundException

        async def work(tx: Transaction) -> None:
            for one in await tasks.done(house, tx, actor, known):
                await audit.record(
                    house, tx, actor, "letter.task_done", patient=one.patient, entity=f"appointment/{one.appointment}",
                    detail={"kind": one.kind},
                )  # fmt: skip

        await house.db.run(work)
        return Redirect("/desk/outreach/tasks?done=yes", status_code=303)


def wishes_of(form: dict[str, str]) -> Wishes:
    """What a form says; an unknown language is none."""
    language = form.get("language", "")
    return Wishes(form.get("reminders") == "yes", language if language in ("it", "en") else "")


async def _about(
    request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str, wrong: dict[str, Any] | None = None
) -> Answer:
    known = as_uuid(appointment)
    async with house.db.transaction() as tx:
        one = await reading.appointment(tx, known) if known else None
        if one is None:
            raise NotFoundException
        messages = await store.about(tx, one.id)
        await audit.record(house, tx, actor, "patient.read", patient=one.patient, entity=f"mail/{one.id}")
    return house.pages.render(
        request, "outreach/messages.html", status=422 if wrong else 200, messages=messages, appointment=one,
        kinds=wording.KINDS, wrong=wrong or {}, error=WRONG_ADDRESS, may_book=actor.may(Permission.APPOINTMENT_BOOK),
    )  # fmt: skip


async def _header(house: House, tx: Transaction, actor: Actor, patient: str) -> PatientHeader:
    try:
        return await record.patient_header(house, tx, actor, plain(patient))
    except UnknownPatient as missing:
        raise NotFoundException from missing
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
