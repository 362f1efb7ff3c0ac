"""The screens of what is sensitive, and of which parts of records each role is shown."""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import ROLE_NAMES, Permission, Role, requires
from sportello.administration.setting_up import CHANGES, place
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record import sensitivity
from sportello.record.parts import PARTS
from sportello.record.sensitivity import KINDS, faults
from sportello.record.store import sensitive
from sportello.record.store.sensitive import Mark
from sportello.web.site_map import RUN, Place

PLACES = (
    place(
        "sensitivity", N_("Sensitive data"), "lock", "/desk/sensitivity",
        N_("labels types codes hidden privacy"),
    ),
    Place(
        "parts", N_("Parts of records by role"), "eye", ("/desk/parts",), RUN, (Permission.STAFF_MANAGE,),
        N_("reduced view roles records"),
    ),
)  # fmt: skip
_ROLES = [requires(Permission.STAFF_MANAGE)]
THERE = N_("This is already in the list.")
Asking = Request[Any, Any, Any]


@get("/desk/sensitivity", guards=CHANGES)
async def sensitivity_page(request: Asking, house: House) -> Response[Any]:
    """The list, and a form for one more."""
    return await _list(request, house)


@post("/desk/sensitivity", guards=CHANGES)
async def change_sensitivity(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """Adds, removes, or goes back to the default; in force with the next reading, in every process."""
    form = await request.form()
    action = str(form.get("action") or "")
    fields = ("kind", "code", "system", "words")
    mark = Mark(**{name: str(form.get(name) or "").replace("\0", "").strip() for name in fields})
    errors = faults(mark) if action == "add" else {}
    if not errors:
        errors = await house.db.run(lambda tx: _changed(house, tx, actor, action, mark))
    return (
        await _list(request, house, errors, mark) if errors else Redirect("/desk/sensitivity?done=yes", status_code=303)
    )


async def _changed(house: House, tx: Transaction, actor: Actor, action: str, mark: Mark) -> dict[str, str]:
    match action:
        case "add":
            if not await sensitive.add_mark(tx, mark):
                return {"code": THERE}
        case "remove":
            await sensitive.drop_mark(tx, mark)
        case "default":
            await sensitivity.back_to_default(tx)
        case _:
            return {"kind": sensitivity.NO_KIND}
    what = {} if action == "default" else {"kind": mark.kind, "system": mark.system, "code": mark.code}
    await audit.record(house, tx, actor, "sensitivity.changed", detail={"how": action, **what})
    return {}


@get("/desk/parts", guards=_ROLES)
async def parts_page(request: Asking, house: House) -> Response[Any]:
    """Roles beside parts."""
    async with house.db.transaction() as tx:
        held = await sensitive.withheld(tx)
    return house.pages.render(
        request,
        "record/parts.html",
        held=held,
        roles=ROLE_NAMES,
        parts=PARTS,
        done=request.query_params.get("done", ""),
    )


@post("/desk/parts/{role:str}", guards=_ROLES)
async def change_parts(request: Asking, house: House, actor: Actor, role: str) -> Response[Any]:
    """What one role is shown from now on."""
    if role not in set(Role):
        raise NotFoundException
    asked = set((await request.form()).getall("part", []))
    withheld = [part for part in PARTS if part not in asked]

    async def work(tx: Transaction) -> None:
        await sensitive.withhold(tx, role, withheld)
        await audit.record(house, tx, actor, "role.parts_changed", entity=role, detail={"withheld": withheld})

    await house.db.run(work)
    return Redirect("/desk/parts?done=yes", status_code=303)


async def _list(
    request: Asking, house: House, errors: dict[str, str] | None = None, typed: Mark | None = None
) -> Response[Any]:
    async with house.db.transaction() as tx:
        marks = await sensitive.marks(tx)
    return house.pages.render(
        request, "record/sensitivity.html", status=422 if errors else 200, kinds=KINDS, marks=marks,
        labels=sensitivity.LABELS,
        errors=errors or {}, raw=typed or Mark("code", ""), done=request.query_params.get("done", "") and not errors,
    )  # fmt: skip


ROUTES = [sensitivity_page, change_sensitivity, parts_page, change_parts]
