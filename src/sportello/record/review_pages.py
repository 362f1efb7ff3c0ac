"""Where supervisors look at emergency openings afterwards: who opened what, why, and whether it was right."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response
from msgspec import Meta, Struct

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record import store
from sportello.record.people import name_of
from sportello.record.ports import ClinicalRecord
from sportello.web.site_map import WATCH, Place

PLACE = Place(
    "openings", N_("Emergency openings"), "warning", ("/desk/openings",), WATCH, (Permission.SUPERVISE,),
    N_("sensitive break glass review"),
)  # fmt: skip
_SUPERVISE = [requires(Permission.SUPERVISE)]
_PAGE = 50
_OWN = N_("Somebody else has to judge what you opened yourself.")
VERDICTS = {"justified": N_("Justified"), "questioned": N_("To be talked about")}
Asking = Request[Any, Any, Any]


class Judgement(Struct, frozen=True):
    """What the reviewer's form sends."""

    verdict: Literal["justified", "questioned"]
    note: Annotated[str, Meta(max_length=1000)] = ""


class Row(Struct, frozen=True):
    """An opening with the names of who opened whose record."""

    id: UUID
    at: datetime
    until: datetime
    who: str
    own: bool
    patient_id: str
    patient: str
    reason: str
    verdict: str
    note: str
    reviewer: str
    reviewed_at: datetime | None


@get("/desk/openings", guards=_SUPERVISE)
async def openings_page(request: Asking, house: House, actor: Actor) -> Response[str]:
    """Those that wait for a judgement; `?all=yes` all of them."""
    return await _show(request, house, actor)


@post("/desk/openings/{opening:str}", guards=_SUPERVISE)
async def judge_door(request: Asking, house: House, actor: Actor, opening: str) -> Response[Any]:
    """A judgement, or another one; nobody judges their own openings."""
    form, errors, _ = await read_form(request, Judgement)
    try:
        known = UUID(opening)
    except ValueError:
        raise NotFoundException from None
    async with house.db.transaction() as tx:
        row = await store.opening_of(tx, known)
        if row is None:
            raise NotFoundException
        own = row["staff"] == actor.id
        if form and not own:
            await store.judge(tx, known, form.verdict, form.note, actor.name, house.clock.now())
            await audit.record(
                house, tx, actor, "patient.opening_judged", patient=row["patient"], entity=str(known),
                detail={"verdict": form.verdict},
            )  # fmt: skip
    if own or form is None:
        return await _show(request, house, actor, errors={"": _OWN} if own else errors)
    return Redirect("/desk/openings?done=yes", status_code=303)


async def _show(request: Asking, house: House, actor: Actor, errors: dict[str, str] | None = None) -> Response[str]:
    everything = bool(request.query_params.get("all"))

    async def work(tx: Transaction) -> list[Row]:
        rows = await store.openings(tx, waiting=not everything, limit=_PAGE)
        shown = await _named(house, tx, actor, rows)
        await audit.record(house, tx, actor, "patient.openings_read", detail={"number": len(shown)})
        return shown

    shown = await house.db.run(work)
    return house.pages.render(
        request, "record/openings.html", status=422 if errors else 200, rows=shown, everything=everything,
        verdicts=VERDICTS, errors=errors or {}, done=bool(request.query_params.get("done")) and not errors, most=_PAGE,
    )  # fmt: skip


async def _named(house: House, tx: Transaction, actor: Actor, rows: list[Any]) -> list[Row]:
    staff = {str(one["id"]): one["name"] for one in await administration.all_staff(tx)}
    record: ClinicalRecord = house.port(ClinicalRecord)
    patients = await record.pointed_to(tx, {f"Patient/{row['patient']}" for row in rows})
    return [
        Row(
            row["id"], row["at"], row["until"], staff.get(row["staff"], row["staff"]), row["staff"] == actor.id,
            row["patient"], name_of(patients.get(f"Patient/{row['patient']}", {})) or row["patient"], row["reason"],
            row["verdict"], row["review_note"], row["reviewer"], row["reviewed_at"],
        )
        for row in rows
    ]  # fmt: skip


ROUTES = [openings_page, judge_door]
