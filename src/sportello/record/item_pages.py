"""One item of the timeline by itself: what it says, from where, who may see it; and obscuring it with a reason."""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record import access, obscuring, timeline
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.concepts import codes_of
from sportello.record.items import item
from sportello.record.obscuring import UnknownItem
from sportello.record.people import name_of
from sportello.record.ports import NOT_WRITTEN, NotWritten, Stale
from sportello.record.rules import category_of
from sportello.record.store import sensitive

_AT = "/desk/patient/{patient_id:str}/items/{kind:str}/{name:str}"
CHANGED = N_("The item was changed meanwhile; it is shown as it is now.")
Asking = Request[Any, Any, Any]


@get(_AT, guards=[requires(Permission.PATIENT_READ)])
async def item_page(
    request: Asking, house: House, actor: Actor, patient_id: str, kind: str, name: str
) -> Response[Any]:
    """The item, and for those who may, who obscured it and why."""
    return await _show(request, house, actor, patient_id, kind, name)


@post(_AT, status_code=200, guards=[requires(Permission.PATIENT_OBSCURE)])
async def obscure_item(
    request: Asking, house: House, actor: Actor, patient_id: str, kind: str, name: str
) -> Response[Any]:
    """Obscures it, or shows it to everybody again."""
    form = await request.form()
    typed, lifts = str(form.get("reason") or ""), form.get("action") == "lift"
    reason = obscuring.clean_reason(typed)
    if reason is None:
        return await _show(request, house, actor, patient_id, kind, name, error=obscuring.TOO_SHORT, typed=typed)

    async def work(tx: Transaction) -> None:
        await obscuring.obscure(house, tx, actor, patient_id, kind, name, reason, lifts=lifts)

    try:
        await house.db.run(work)
    except (UnknownItem, UnknownPatient):
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    except Stale:
        return await _show(request, house, actor, patient_id, kind, name, told=CHANGED, typed=typed, status=409)
    except NotWritten as refusal:
        told = NOT_WRITTEN[refusal.why]
        return await _show(request, house, actor, patient_id, kind, name, told=told, typed=typed, status=409)
    sees = actor.may(Permission.PATIENT_READ_SENSITIVE)
    back = f"/desk/patient/{patient_id}" + (f"/items/{kind}/{name}?done=yes" if sees or lifts else "")
    return Redirect(back, status_code=303)


async def _show(
    request: Asking, house: House, actor: Actor, patient_id: str, kind: str, name: str, *,
    error: str = "", told: str = "", typed: str = "", status: int = 200,
) -> Response[Any]:  # fmt: skip
    may = actor.may(Permission.PATIENT_OBSCURE)

    async def work(tx: Transaction) -> tuple[Any, Any, Any, Any, Any]:
        record, patient, one, _ = await obscuring.item_of(house, tx, actor, patient_id, kind, name)
        reader = await access.reader_of(house, tx, actor, record, timeline.pointers([one]))
        past = await sensitive.obscurings(tx, f"{kind}/{name}") if may else []
        return patient, one, reader, past, await obscuring.still_hidden(house, tx, one)

    try:
        patient, one, reader, past, ruled = await house.db.run(work)
    except (UnknownItem, UnknownPatient):
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    codes = list(codes_of(one.get("category"))) if kind == "Observation" else []
    shown = item(one, category_of(one, codes), reader)
    return house.pages.render(
        request, "record/item.html", status=status or 200 if not error else 422, one=shown, kind=kind, name=name,
        patient_id=patient["id"], patient_name=name_of(patient) or "?", may=may, past=past, ruled=ruled, error=error,
        told=told, typed=typed, obscured=obscuring.is_obscured(one), zone=house.settings.clinic.tz,
        done=request.query_params.get("done") == "yes", updated=(one.get("meta") or {}).get("lastUpdated"),
        source=(one.get("meta") or {}).get("source"),
    )  # fmt: skip


ROUTES = [item_page, obscure_item]
