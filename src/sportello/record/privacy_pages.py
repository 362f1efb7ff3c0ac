"""Where staff see to patients' rights: copies of all data, erasures, legal holds; for all patients and for one."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response
from msgspec import Meta, Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.administration.privacy import copying, erasing, holding, store
from sportello.administration.privacy.erasing import NotNow
from sportello.administration.privacy.holdings import whole
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.record.naming import names
from sportello.web.site_map import PATIENT, WORK, Place

PLACES = (
    Place("privacy", N_("Patients' rights"), "lock", ("/desk/privacy",), WORK, (Permission.PRIVACY_HANDLE,),
          N_("GDPR privacy erasure copy legal hold")),
    Place("patient-privacy", N_("Rights over these data"), "lock", ("/desk/privacy/patients/{patient}",), PATIENT,
          (Permission.PRIVACY_HANDLE,), N_("GDPR privacy erasure copy legal hold")),
)  # fmt: skip
_HANDLE = [requires(Permission.PRIVACY_HANDLE)]
_APPROVE = [requires(Permission.PRIVACY_APPROVE)]
_SHOWN = 100
ASKED = N_("This patient has such a request already.")
Asking = Request[Any, Any, Any]


class Wanted(Struct):
    """What the forms of a patient send; `id` is the page's own, so that a double click asks once."""

    id: UUID
    reason: Annotated[str, Meta(max_length=1000)] = ""
    language: str = "it"


class NewHold(Struct):
    """A legal hold on all of a patient, or on one conversation of theirs."""

    id: UUID
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]
    conversation: UUID | None = None
    until: date | None = None


@get("/desk/privacy", guards=_HANDLE)
async def page(request: Asking, house: House, actor: Actor) -> Response[str]:
    """What waits, then what was seen to."""
    return await _page(request, house, actor)


async def _page(request: Asking, house: House, actor: Actor, refused: str = "") -> Response[str]:
    async with house.db.transaction() as tx:
        erasures, copies, holds = await _all(tx)
        patients = {one.patient for one in erasures} | {one.patient for one in copies}
        patients |= {one.patient for one in holds if one.patient}
        named = await names(house, tx, actor, patients, "privacy")
    return house.pages.render(
        request, "record/privacy.html", status=409 if refused else 200, erasures=erasures, copies=copies, holds=holds,
        named=named, refused=refused, done=request.query_params.get("done", ""), may_fetch=copying.may_fetch(actor, ""),
        approves=actor.may(Permission.PRIVACY_APPROVE),
    )  # fmt: skip


async def _all(tx: Transaction) -> tuple[list[store.Erasure], list[store.Copy], list[store.Hold]]:
    return await store.erasures(tx, _SHOWN), await store.copies(tx, _SHOWN), await store.holds(tx, _SHOWN)


@get("/desk/privacy/patients/{patient:str}", guards=_HANDLE)
async def patient_page(request: Asking, house: House, actor: Actor, patient: str) -> Response[str]:
    """One patient: what was asked, and the forms to ask."""
    return await _patient(request, house, actor, patient, {}, {})


async def _patient(
    request: Asking, house: House, actor: Actor, patient: str, raw: dict[str, str], errors: dict[str, str],
    refused: str = "",
) -> Response[str]:  # fmt: skip
    async with house.db.transaction() as tx:
        subject = await whole(house, tx, await _known(house, tx, patient))
        erasures, copies, _ = await _all(tx)
        today = house.clock.now().astimezone(house.settings.clinic.tz).date()
        holds = await store.holds_on(tx, subject.keys("patient"), list(subject.conversations), today)
        named = await names(house, tx, actor, [patient], "privacy")
    return house.pages.render(
        request, "record/patient_privacy.html", status=422 if errors else 409 if refused else 200, patient=patient,
        name=named.get(patient, patient), erasures=[one for one in erasures if one.patient == patient],
        copies=[one for one in copies if one.patient == patient], holds=holds, raw=raw, errors=errors,
        refused=refused, ids=[str(uuid7()) for _ in range(3)], conversations=subject.conversations,
        languages=LANGUAGES, done=request.query_params.get("done", ""), may_fetch=copying.may_fetch(actor, ""),
        approves=actor.may(Permission.PRIVACY_APPROVE),
    )  # fmt: skip


async def _known(house: House, tx: Transaction, patient: str) -> str:
    """The logical id of a patient of whom something is kept here."""
    subject = await whole(house, tx, patient) if ID.fullmatch(patient) else None
    if subject is None or not (subject.words or subject.conversations or subject.appointments):
        raise NotFoundException
    return patient


@post("/desk/privacy/patients/{patient:str}/copy", guards=_HANDLE)
async def copy_door(request: Asking, house: House, actor: Actor, patient: str) -> Response[Any]:
    """Asks for a copy of all data."""
    form, errors, raw = await read_form(request, Wanted)
    if form is None or form.language not in LANGUAGES:
        return await _patient(request, house, actor, patient, raw, errors)
    language, copy = form.language, form.id

    async def work(tx: Transaction) -> bool:
        await _known(house, tx, patient)
        return await copying.ask(house, tx, actor, copy, patient, language, "staff")

    return await _asked(request, house, actor, patient, await house.db.run(work))


@post("/desk/privacy/patients/{patient:str}/erasure", guards=_HANDLE)
async def erasure_door(request: Asking, house: House, actor: Actor, patient: str) -> Response[Any]:
    """Asks for the erasure; somebody else then looks at what would go."""
    form, errors, raw = await read_form(request, Wanted)
    if form is None:
        return await _patient(request, house, actor, patient, raw, errors)
    reason, erasure = form.reason, form.id

    async def work(tx: Transaction) -> bool:
        await _known(house, tx, patient)
        return await erasing.ask(house, tx, actor, erasure, patient, reason, "staff")

    return await _asked(request, house, actor, patient, await house.db.run(work))


async def _asked(request: Asking, house: House, actor: Actor, patient: str, new: bool) -> Response[Any]:
    if not new:
        return await _patient(request, house, actor, patient, {}, {}, ASKED)
    return Redirect(f"/desk/privacy/patients/{patient}?done=asked", status_code=303)


@post("/desk/privacy/patients/{patient:str}/hold", guards=_HANDLE)
async def hold_door(request: Asking, house: House, actor: Actor, patient: str) -> Response[Any]:
    """Places a legal hold."""
    form, errors, raw = await read_form(request, NewHold)
    if form is None:
        return await _patient(request, house, actor, patient, raw, errors)
    asked = form

    async def work(tx: Transaction) -> None:
        subject = await whole(house, tx, await _known(house, tx, patient))
        if asked.conversation and str(asked.conversation) not in subject.conversations:
            raise NotFoundException
        await holding.place(
            house, tx, actor, asked.id, patient=None if asked.conversation else patient,
            conversation=asked.conversation, reason=asked.reason, until=asked.until,
        )  # fmt: skip

    await house.db.run(work)
    return Redirect(f"/desk/privacy/patients/{patient}?done=held", status_code=303)


@post("/desk/privacy/holds/{hold:str}/lift", guards=_HANDLE)
async def lift_door(house: House, actor: Actor, hold: str) -> Redirect:
    """From now on it may be erased again."""
    known = named(hold)
    await house.db.run(lambda tx: holding.lift(house, tx, actor, known))
    return Redirect("/desk/privacy?done=lifted", status_code=303)


@post("/desk/privacy/copies/{copy:str}/{way:str}", guards=_APPROVE)
async def decide_copy_door(request: Asking, house: House, actor: Actor, copy: str, way: str) -> Response[Any]:
    """Has the copy made, or says why not."""
    known, why = named(copy), str((await request.form()).get("why", "")).replace("\0", "").strip()[:1000]
    if way not in ("approve", "refuse"):
        raise NotFoundException

    async def work(tx: Transaction) -> None:
        if way == "approve":
            await copying.approve(house, tx, actor, known)
        else:
            await copying.refuse(house, tx, actor, known, why)

    try:
        await house.db.run(work)
    except NotNow as no:
        return await _page(request, house, actor, str(no))
    return Redirect(f"/desk/privacy?done={way}d", status_code=303)


@get("/desk/privacy/copies/{copy:str}/packet.zip", guards=_HANDLE)
async def packet_door(house: House, actor: Actor, copy: str) -> Response[bytes]:
    """The packet, for staff who may read all of a record."""
    known = named(copy)
    content = await house.db.run(lambda tx: copying.fetch(house, tx, actor, known))
    return packet(content)


def packet(content: bytes | None) -> Response[bytes]:
    """A packet as a download that no cache keeps; 404 without one."""
    if content is None:
        raise NotFoundException
    headers = {"content-disposition": 'attachment; filename="data.zip"', "cache-control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


def named(text: str) -> UUID:
    known = as_uuid(text)
    if known is None:
        raise NotFoundException
    return known


ROUTES: list[Any] = [
    page, patient_page, copy_door, erasure_door, hold_door, lift_door, decide_copy_door, packet_door,
]  # fmt: skip
