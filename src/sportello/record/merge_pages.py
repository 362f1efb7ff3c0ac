"""Where two records of one person are compared and joined, and where it is undone."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record import comparing, merging, reading
from sportello.record.access import UnknownPatient
from sportello.record.comparing import Comparison
from sportello.record.merging import CannotMerge
from sportello.record.people import name_of
from sportello.record.ports import ClinicalRecord, Stale
from sportello.record.store import merges
from sportello.record.uniting import CHOSEN
from sportello.web.site_map import PATIENT, Place

PLACE = Place(
    "merges", N_("Merged records"), "people", ("/desk/merges",), PATIENT, (Permission.PATIENT_MERGE,),
    N_("duplicate patients merge undo"),
)  # fmt: skip
_MERGE = [requires(Permission.PATIENT_MERGE)]
_AT = "/desk/patient/{patient_id:str}/merge"
_MOST = 100
CHANGED = N_("One of the records was changed meanwhile. Compare them again as they are now.")
DIFFERENT = N_("The records name different people: say that you have checked it.")
_OVER = (merging.ALREADY, merging.GONE, merging.ITSELF, merging.ELSEWHERE)  # nothing to compare any more
WHICH = N_("Choose which record goes on.")
Asking = Request[Any, Any, Any]


class Row(Struct, frozen=True):
    """A merge with the names of both and what it moved, by room."""

    merge: merges.Merge
    survivor: str
    former: str
    moved: dict[str, int]


@get(_AT, guards=_MERGE)
async def compare(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Both side by side for `?with=`; without it, who it may be, and a search."""
    other = request.query_params.get("with", "")
    return await house.db.run(lambda tx: _compare(request, house, tx, actor, patient_id, other))


@post(f"{_AT}/search", status_code=200, guards=_MERGE)
async def search(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Whom to compare with; what is sought stays out of addresses."""
    sought = str((await request.form()).get("q") or "")

    async def work(tx: Transaction) -> Response[Any]:
        found = await reading.find_patients(house, tx, actor, sought) if sought.strip() else []
        return await _compare(request, house, tx, actor, patient_id, "", found=found, sought=sought)

    return await house.db.run(work)


@post(_AT, status_code=200, guards=_MERGE)
async def join(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Merges what was compared; the survivor's record is shown then."""
    form = await request.form()
    other, survivor = str(form.get("with") or ""), str(form.get("survivor") or "")
    reason = " ".join(str(form.get("reason") or "").replace("\0", "").split())[:500]
    former = other if survivor == patient_id else patient_id
    taken = {field for field in CHOSEN if str(form.get(f"from-{field}") or "") == former}
    versions = {one: _number(form.get(f"version-{one}")) for one in (patient_id, other)}

    async def work(tx: Transaction) -> str:
        if survivor not in (patient_id, other):
            return WHICH
        shown = await comparing.comparison(house, tx, actor, patient_id, other)
        if shown.warnings and form.get("checked") != "yes":
            return DIFFERENT
        await merging.merge(house, tx, actor, survivor, former, seen=versions, taken=taken, reason=reason)
        return ""

    try:
        told = await house.db.run(work)
    except Stale:
        told = CHANGED
    except CannotMerge as no:
        told = no.message
    except UnknownPatient:
        raise NotFoundException from None
    if told:
        said = told
        return await house.db.run(
            lambda tx: _compare(request, house, tx, actor, patient_id, other, told=said, reason=reason, status=409)
        )
    return Redirect(f"/desk/patient/{survivor}?merged=yes", status_code=303)


@get("/desk/merges", guards=_MERGE)
async def merges_page(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """The newest merges, each with its undo."""
    return await house.db.run(lambda tx: _list(request, house, tx, ""))


@post("/desk/merges/{merge:uuid}/undo", guards=_MERGE)
async def undo(request: Asking, house: House, actor: Actor, merge: UUID) -> Response[Any]:
    """Parts two records again."""
    try:
        found = await house.db.run(lambda tx: merging.undo(house, tx, actor, merge))
    except CannotMerge as no:
        why = no.message
        return await house.db.run(lambda tx: _list(request, house, tx, why))
    if found is None:
        raise NotFoundException
    return Redirect("/desk/merges?done=yes", status_code=303)


async def _compare(
    request: Asking, house: House, tx: Transaction, actor: Actor, patient_id: str, other: str, *,
    told: str = "", reason: str = "", sought: str = "", found: Any = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    shown: Comparison | None = None
    try:
        header = await reading.patient_header(house, tx, actor, patient_id)
        if other and told not in _OVER:
            try:
                shown = await comparing.comparison(house, tx, actor, header.id, other)
            except CannotMerge as no:
                told, status = no.message, 409
        likely = await comparing.likely(house, tx, actor, header.id) if shown is None else ()
    except UnknownPatient:
        raise NotFoundException from None
    return house.pages.render(
        request, "record/merge.html", status=status, patient=header, patient_id=header.id, shown=shown, likely=likely,
        told=told, reason=reason, sought=sought, found=found, zone=house.settings.clinic.tz, other=other,
    )  # fmt: skip


async def _list(request: Asking, house: House, tx: Transaction, told: str) -> Response[Any]:
    found = await merges.newest(tx, _MOST)
    moved = await merges.moved(tx, [one.id for one in found])
    record: ClinicalRecord = house.port(ClinicalRecord)
    people = await record.pointed_to(tx, {f"Patient/{name}" for one in found for name in (one.survivor, one.former)})
    names = {reference.removeprefix("Patient/"): name_of(one) or "?" for reference, one in people.items()}
    rows = [Row(one, names.get(one.survivor, "?"), names.get(one.former, "?"), moved.get(one.id, {})) for one in found]
    return house.pages.render(
        request, "record/merges.html", status=409 if told else 200, rows=rows, told=told,
        done=bool(request.query_params.get("done")), most=_MOST,
    )  # fmt: skip


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 9 else 0


ROUTES = [compare, search, join, merges_page, undo]
