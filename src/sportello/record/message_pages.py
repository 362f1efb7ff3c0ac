"""Where staff write to each other about a patient, see what is new for them, and say whose account is whose."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.record import pages, reading, team_messages
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.people import name_of
from sportello.record.ports import ClinicalRecord
from sportello.record.store import team_messages as store
from sportello.record.team_messages import CannotSend
from sportello.web.site_map import RUN, Place

PLACE = Place(
    "colleagues", N_("Practitioners' accounts"), "people", ("/desk/practitioners",), RUN, (Permission.STAFF_MANAGE,),
    N_("care team doctors accounts messages"),
)  # fmt: skip
_READS = [requires(Permission.PATIENT_READ)]
_MANAGE = [requires(Permission.STAFF_MANAGE)]
_AT = "/desk/patient/{patient_id:str}/team/messages"
Asking = Request[Any, Any, Any]


@get(_AT, guards=_READS)
async def thread_page(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """The thread, and a form; `?to=` chooses a member, `?rows=1` is the messages alone, `?page=yes` has what the thread
    and the care team are shown in, for a tab of its own.
    """
    params = request.query_params
    return await _show(
        request, house, actor, patient_id, chosen=params.getall("to", []) or None, rows="rows" in params,
        part=pages.is_part(request) and "page" not in params,
    )  # fmt: skip


@post(_AT, status_code=200, guards=[requires(Permission.NOTE)])
async def send_message(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Sends; refused, all that was typed stands there again."""
    form = await request.form()
    chosen, body = [str(one) for one in form.getall("to", [])], str(form.get("body") or "")
    once = as_uuid(str(form.get("once") or "")) or uuid7()

    async def work(tx: Transaction) -> None:
        patient, _ = await team_messages.thread(house, tx, actor, patient_id)
        team = await reading.care_team(house, tx, actor, patient["id"])
        known = await team_messages.addressees(house, tx, actor, patient["id"], team)
        await team_messages.send(house, tx, actor, patient, once, body, chosen, known)

    try:
        await house.db.run(work)
    except CannotSend as no:
        part = pages.is_part(request)
        return await _show(request, house, actor, patient_id, chosen=chosen, typed=body, errors=no.errors, part=part)
    except UnknownPatient:
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    if not pages.is_part(request):
        return Redirect(f"/desk/patient/{patient_id}/team/messages", status_code=303)
    return await _show(request, house, actor, patient_id, sent=True)


@get("/desk/team-messages", guards=_READS)
async def new_messages(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """About whom somebody was written to and has not looked yet; stands at the side of the desk."""

    async def work(tx: Transaction) -> tuple[Any, dict[str, str]]:
        rows = await store.unread(tx, UUID(actor.id))
        record: ClinicalRecord = house.port(ClinicalRecord)
        found = await record.pointed_to(tx, {f"Patient/{row['patient']}" for row in rows})
        names = {key.removeprefix("Patient/"): name_of(one) or "?" for key, one in found.items()}
        if rows:
            await audit.record(house, tx, actor, "careteam.messages_listed", detail={"patients": list(names)})
        return rows, names

    rows, names = await house.db.run(work)
    return house.pages.render(request, "record/team_new.html", rows=rows, names=names)


@get("/desk/practitioners", guards=_MANAGE)
async def practitioners_page(request: Asking, house: House) -> Response[Any]:
    """Practitioners of the record beside the accounts of the house."""

    async def work(tx: Transaction) -> tuple[Any, Any, Any]:
        record: ClinicalRecord = house.port(ClinicalRecord)
        listed = [one for one in await record.every(tx, "Practitioner") if one.get("active", True)]
        staff = [row for row in await administration.all_staff(tx) if row["active"]]
        return listed, staff, await store.colleagues(tx)

    listed, staff, said = await house.db.run(work)
    guessed = team_messages.accounts_of(listed, {}, [(row["id"], row["email"]) for row in staff])
    people = sorted(((name_of(one) or one["id"], one["id"]) for one in listed), key=lambda pair: pair[0].casefold())
    return house.pages.render(
        request, "record/practitioners.html", people=people, said=said, guessed=guessed,
        names={row["id"]: row["name"] for row in staff}, staff=[(str(row["id"]), row["name"]) for row in staff],
        done=request.query_params.get("done", ""),
    )  # fmt: skip


@post("/desk/practitioners/{practitioner:str}", guards=_MANAGE)
async def set_account(request: Asking, house: House, actor: Actor, practitioner: str) -> Response[Any]:
    """Whose account it is; empty: by their e-mail address, as far as it tells."""
    text = str((await request.form()).get("staff") or "")
    staff = as_uuid(text) if text else None

    async def work(tx: Transaction) -> None:
        record: ClinicalRecord = house.port(ClinicalRecord)
        known = await record.pointed_to(tx, [f"Practitioner/{practitioner}"])
        if not known or (text and (staff is None or await administration.staff_by_id(tx, staff) is None)):
            raise NotFoundException
        await store.set_colleague(tx, practitioner, staff)
        await audit.record(
            house, tx, actor, "careteam.account_set", entity=f"Practitioner/{practitioner}",
            detail={"staff": text},
        )  # fmt: skip

    await house.db.run(work)
    return Redirect("/desk/practitioners?done=yes", status_code=303)


async def _show(
    request: Asking, house: House, actor: Actor, patient_id: str, *, chosen: list[str] | None = None, typed: str = "",
    errors: dict[str, str] | None = None, sent: bool = False, rows: bool = False, part: bool = True,
) -> Response[Any]:  # fmt: skip
    async def work(tx: Transaction) -> dict[str, Any]:
        patient, messages = await team_messages.thread(house, tx, actor, patient_id)
        shown = {"patient_id": patient["id"], "patient_name": name_of(patient) or "?", "messages": messages}
        if rows:
            return shown
        team = await reading.care_team(house, tx, actor, patient["id"])
        known = await team_messages.addressees(house, tx, actor, patient["id"], team)
        marked = team_messages.answered(messages, known) if chosen is None else chosen
        return shown | {
            "team": team, "reach": await team_messages.members(house, tx, team), "known": known, "chosen": marked,
        }  # fmt: skip

    try:
        context = await house.db.run(work)
    except UnknownPatient:
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    inner = "record/team_thread.html"
    around = "record/team_messages.html" if rows else inner if part else "record/page.html"
    return house.pages.render(
        request, around, status=422 if errors else 200, inner=inner, typed=typed,
        errors=errors or {}, sent=sent, once=str(uuid7()), zone=house.settings.clinic.tz, **context,
    )  # fmt: skip


ROUTES = [thread_page, send_message, new_messages, practitioners_page, set_account]
