"""Where staff develop care plans: begun from a template, changed, compared with what they were, printed."""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import pages, plan_changes, plan_templates, planning, reading
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.labels import ACHIEVEMENTS, STATUSES
from sportello.record.plan_draft import ACTIVITY_STATUSES, PLAN_STATUSES, Draft, faults, read_form, rows_to_fill
from sportello.record.planning import Desk, UnknownPlan
from sportello.record.ports import NOT_WRITTEN, NotWritten, Stale

_READ = [requires(Permission.PATIENT_READ)]
_WRITE = [requires(Permission.CAREPLAN_WRITE)]
_AT = "/desk/patient/{patient_id:str}/plans"
Asking = Request[Any, Any, Any]


@get(f"{_AT}/new", guards=_WRITE)
async def new_plan(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """A form for a new plan, filled from `?template=` when one is chosen."""

    async def work(tx: Transaction) -> Response[Any]:
        desk = await _desk(house, tx, actor, patient_id)
        draft = await planning.begun(desk, tx, request.query_params.get("template", ""))
        return await _form(request, desk, tx, draft)

    return await house.db.run(work)


@get(f"{_AT}/{{plan:str}}", guards=_WRITE)
async def change_plan(request: Asking, house: House, actor: Actor, patient_id: str, plan: str) -> Response[Any]:
    """The form of a plan as it stands."""

    async def work(tx: Transaction) -> Response[Any]:
        desk = await _desk(house, tx, actor, patient_id, plan)
        return await _form(request, desk, tx, await planning.standing(desk, tx))

    return await house.db.run(work)


@post([_AT, f"{_AT}/{{plan:str}}"], status_code=200, guards=_WRITE)
async def keep_plan(
    request: Asking, house: House, actor: Actor, patient_id: str, plan: str | None = None
) -> Response[Any]:
    """Keeps what was typed, or shows it again with more rows, with what is wrong, or with who was quicker."""
    form = await request.form()
    items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    draft, action, own = read_form(items), str(form.get("action") or ""), str(form.get("id") or "")
    found = faults(draft)

    async def work(tx: Transaction) -> Response[Any] | None:
        desk = await _desk(house, tx, actor, patient_id, plan)
        if action == "more" or found:
            return await _form(request, desk, tx, draft, found if action != "more" else {}, own=own)
        if action == "template":
            try:
                await planning.keep_template(desk, tx, draft)
            except NotWritten as refusal:
                return await _form(request, desk, tx, draft, told=refusal.why, own=own)
            return await _form(request, desk, tx, draft, told="template", own=own)
        try:
            async with tx.connection.transaction():  # a savepoint: whoever was slower sees what the other wrote
                await planning.keep(desk, tx, draft, own)
        except Stale:
            fresh = await planning.standing(await _desk(house, tx, actor, patient_id, plan), tx)
            versions = {one.ref: one.version for one in fresh.goals}
            goals = tuple(replace(one, version=versions.get(one.ref, one.version)) for one in draft.goals)
            shown = replace(draft, version=fresh.version, goals=goals)
            return await _form(request, desk, tx, shown, told="stale")
        except NotWritten as refusal:
            return await _form(request, desk, tx, draft, told=refusal.why, own=own)
        return None

    if (answer := await house.db.run(work)) is not None:
        return answer
    if not pages.is_part(request):
        return Redirect(f"/desk/patient/{patient_id}?part=plan", status_code=303)
    return await pages.show_part(request, house, actor, patient_id, "plan", told="kept")


@get(f"{_AT}/{{plan:str}}/changes", guards=_READ)
async def plan_history(request: Asking, house: House, actor: Actor, patient_id: str, plan: str) -> Response[Any]:
    """Who changed what, newest first."""

    async def work(tx: Transaction) -> tuple[Desk, Any]:
        desk = await _desk(house, tx, actor, patient_id, plan)
        return desk, plan_changes.changes(*await planning.versions(desk, tx), desk.reader)

    desk, listed = await house.db.run(work)
    return _show(request, desk, "plan_changes", changes=listed, draft=await _title(desk))


@get(f"{_AT}/{{plan:str}}/print", guards=_READ)
async def print_plan(request: Asking, house: House, actor: Actor, patient_id: str, plan: str) -> Response[Any]:
    """The plan on paper: for the patient, or for the wall."""

    async def work(tx: Transaction) -> tuple[Any, Any]:
        header = await reading.patient_header(house, tx, actor, patient_id)
        return header, await reading.care_plans(house, tx, actor, patient_id)

    try:
        header, shown = await house.db.run(work)
    except UnknownPatient:
        raise NotFoundException from None
    one = next((each for each in shown if each.id == plan), None)
    if one is None:
        raise NotFoundException
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return house.pages.render(
        request, "record/plan_print.html", plan=one, patient=header, today=today, zone=house.settings.clinic.tz
    )


async def _desk(house: House, tx: Transaction, actor: Actor, patient_id: str, plan: str | None = None) -> Desk:
    try:
        if plan is not None and not ID.fullmatch(plan):
            raise UnknownPlan
        return await planning.desk(house, tx, actor, patient_id, plan)
    except (UnknownPatient, UnknownPlan):
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal


async def _title(desk: Desk) -> str:
    return planning.title(desk)


async def _form(
    request: Asking,
    desk: Desk,
    tx: Transaction,
    draft: Draft,
    errors: dict[str, str] | None = None,
    told: str = "",
    own: str = "",
) -> Response[Any]:
    goals, activities = rows_to_fill(draft)
    return _show(
        request, desk, "plan_form", status=409 if told in ("stale", *NOT_WRITTEN) else 422 if errors else 200,
        draft=draft, errors=errors or {}, told=told, not_written=NOT_WRITTEN.get(told, ""), goals=goals,
        activities=activities, own=own or planning.new_id(),
        templates=[] if desk.plan else plan_templates.offered(await planning.definitions(desk, tx)),
        problems=planning.problems(desk), members=planning.members(desk),
        plan_statuses=[(code, STATUSES[code]) for code in PLAN_STATUSES],
        activity_statuses=[(code, STATUSES[code]) for code in ACTIVITY_STATUSES],
        achievements=list(ACHIEVEMENTS.items()),
    )  # fmt: skip


def _show(request: Asking, desk: Desk, template: str, status: int = 200, **context: Any) -> Response[Any]:
    around = f"record/{template}.html" if pages.is_part(request) else "record/page.html"
    return desk.house.pages.render(
        request, around, status=status, inner=f"record/{template}.html", patient_id=desk.patient["id"],
        plan_id=desk.plan["id"] if desk.plan else "", zone=desk.house.settings.clinic.tz,
        patient_name=planning.patient_name(desk), **context,
    )  # fmt: skip


ROUTES = [new_plan, change_plan, keep_plan, plan_history, print_plan]
