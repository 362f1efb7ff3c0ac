"""Where the routing plan is read, edited as a draft, published, and taken back."""

from itertools import pairwise
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number
from sportello.routing.authoring import drafting, forms, saying
from sportello.routing.authoring.differences import differences
from sportello.routing.authoring.drafting import DraftMovedOn, NoDraft
from sportello.routing.authoring.fields import PARTS, Part
from sportello.routing.authoring.forms import Typed, typed
from sportello.routing.plan.faults import Fault, faults
from sportello.routing.planning import PlanMovedOn, PlanRefused, current
from sportello.routing.store import plans
from sportello.routing.store.drafts import Draft

Answer = Response[Any]
LOOKS = requires(Permission.SETTINGS_CHANGE, Permission.SUPERVISE)
CHANGES = requires(Permission.SETTINGS_CHANGE)
HOME = "/desk/routing"
WHY = N_("Write what changes and why: the list of versions shows it.")
NOTHING = N_("There is no draft to publish.")
MOST_NOTE = 500
_DIGITS = 8  # what versions and parts are counted with fits an integer of the database


class PlanPages(Controller):
    """The doors of the routing plan."""

    path = HOME

    @get(guards=[LOOKS])
    async def overview(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The plan in words, the draft's differences and faults, and what can be done."""
        return await _overview(request, house, actor, {}, "")

    @post("/publish", guards=[CHANGES], status_code=200)
    async def publish(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Puts the draft in force."""
        form = typed((await request.form()).multi_items())
        note = _one(form, "note")[:MOST_NOTE]
        if not note:
            return await _overview(request, house, actor, {"note": WHY}, note)
        revision = as_number(_one(form, "revision"), _DIGITS)
        try:
            made = await house.db.run(lambda tx: drafting.go_live(house, tx, actor, note, revision))
        except PlanRefused:
            return await _overview(request, house, actor, {}, note)
        except (DraftMovedOn, PlanMovedOn) as moved:
            return await _overview(request, house, actor, {"": moved.message % {"name": _by(moved)}}, note)
        except NoDraft:
            return await _overview(request, house, actor, {"": NOTHING}, note)
        return Redirect(f"{HOME}?published={made.number}", status_code=303)

    @post("/rebase", guards=[CHANGES], status_code=200)
    async def rebase(self, house: House, actor: Actor) -> Answer:
        """Goes on with the draft although another version was published: its differences are shown against that."""
        await house.db.run(lambda tx: drafting.rebase(house, tx, actor))
        return Redirect(HOME, status_code=303)

    @post("/discard", guards=[CHANGES], status_code=200)
    async def discard(self, house: House, actor: Actor) -> Answer:
        """Drops the draft."""
        await house.db.run(lambda tx: drafting.discard(house, tx, actor))
        return Redirect(f"{HOME}?discarded=yes", status_code=303)

    @get("/part/{kind:str}/{number:str}", guards=[LOOKS])
    async def part(self, request: Request[Any, Any, Any], house: House, actor: Actor, kind: str, number: str) -> Answer:
        """One part as a form; `new` for another one."""
        part = _part(kind)
        async with house.db.transaction() as tx:
            draft = await drafting.opened(house, tx)
        value = _value(draft, part, number)
        shown = forms.shown(part, forms.NEW[part.kind] if value is None else value)
        return await _form(request, house, actor, part, number, draft, shown, {})

    @post("/part/{kind:str}/{number:str}", guards=[CHANGES], status_code=200)
    async def save(self, request: Request[Any, Any, Any], house: House, actor: Actor, kind: str, number: str) -> Answer:
        """Takes the form into the draft: what cannot be read stays in it, what is wrong is named and may wait."""
        part = _part(kind)
        sent = typed((await request.form()).multi_items())
        async with house.db.transaction() as tx:
            draft = await drafting.opened(house, tx)
        if number != "new":
            _value(draft, part, number)
        drop = bool(sent.get("drop")) and part.kind != "general" and number != "new"
        value, errors = (None, {}) if drop else forms.read(part, sent)
        if errors:
            return await _form(request, house, actor, part, number, draft, sent, errors)
        revision = as_number(_one(sent, "revision"), _DIGITS)
        at = None if number == "new" else as_number(number, _DIGITS)

        async def work(tx: Transaction) -> Draft:
            return await drafting.change(house, tx, actor, part.kind, at, value, revision)

        try:
            made = await house.db.run(work)
        except DraftMovedOn as moved:
            async with house.db.transaction() as tx:
                draft = await drafting.opened(house, tx)
            refused = {"": moved.message % {"name": moved.by_name or "—"}}
            return await _form(request, house, actor, part, number, draft, sent, refused, status=409)
        at = len(getattr(made.plan, part.kind)) - 1 if number == "new" else at
        here = [] if drop else _faults_at(faults(made.plan), part, at)
        if here:
            return Redirect(f"{HOME}/part/{kind}/{at or 0}", status_code=303)
        return Redirect(f"{HOME}#{kind}", status_code=303)

    @get("/versions", guards=[LOOKS])
    async def versions(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Every version with who published it, why, and what it changed."""
        before = as_number(request.query_params.get("before", ""), _DIGITS) or None
        async with house.db.transaction() as tx:
            found = await plans.versions(tx, before, 21)
            latest = await plans.latest_number(tx)
        changed = {one.number: differences(older.plan, one.plan) for one, older in pairwise(found)}
        return house.pages.render(
            request, "routing/versions.html", versions=found[:20], changed=changed, latest=latest, more=len(found) > 20,
            words=saying.words(actor.language), may_change=actor.may(Permission.SETTINGS_CHANGE),
        )  # fmt: skip

    @post("/versions/{version:str}/again", guards=[CHANGES], status_code=200)
    async def again(self, house: House, actor: Actor, version: str) -> Answer:
        """Puts an older version in force again."""
        number = as_number(version, _DIGITS)
        note = saying.back_to(number, actor.language)
        try:
            made = await house.db.run(lambda tx: drafting.go_back(house, tx, actor, number, note))
        except (PlanMovedOn, PlanRefused):
            return Redirect(f"{HOME}/versions?moved=yes", status_code=303)
        if made is None:
            raise NotFoundException
        return Redirect(f"{HOME}?published={made.number}", status_code=303)


async def _overview(
    request: Request[Any, Any, Any], house: House, actor: Actor, errors: dict[str, str], note: str
) -> Answer:
    async with house.db.transaction() as tx:
        draft = await drafting.opened(house, tx)
        plan = await current(house, tx)
        latest = await plans.latest_number(tx)
        people = {row["login"]: row["name"] for row in await administration.all_staff(tx)}
    found = faults(draft.plan)
    return house.pages.render(
        request, "routing/plan.html", status=422 if errors else 200, draft=draft, plan=draft.plan, latest=latest,
        differences=differences(plan, draft.plan), faults=found, parts=PARTS, errors=errors, note=note, people=people,
        words=saying.words(actor.language), told=dict(request.query_params), stale=draft.based_on != latest,
        may_change=actor.may(Permission.SETTINGS_CHANGE),
    )  # fmt: skip


async def _form(
    request: Request[Any, Any, Any], house: House, actor: Actor, part: Part, number: str, draft: Draft, shown: Typed,
    errors: dict[str, str], *, status: int = 422,
) -> Answer:  # fmt: skip
    at = None if number == "new" else as_number(number, _DIGITS)
    here = _faults_at(faults(draft.plan), part, at) if number != "new" and draft.revision else []
    return house.pages.render(
        request, "routing/part.html", status=status if errors else 200, part=part, number=number, draft=draft,
        form=shown, errors=errors, here=here, plan=draft.plan, rows_in=forms.rows_in,
        may_change=actor.may(Permission.SETTINGS_CHANGE),
    )  # fmt: skip


def _faults_at(found: list[Fault], part: Part, number: int | None) -> list[tuple[str, Fault]]:
    """Faults of one part, each with the input it is at."""
    if part.kind == "general":
        return [(one.path, one) for one in found if "." not in one.path]
    start = f"{part.kind}.{number}."
    return [(one.path.removeprefix(start), one) for one in found if one.path.startswith(start)]


def _part(kind: str) -> Part:
    part = PARTS.get(kind)
    if part is None:
        raise NotFoundException
    return part


def _value(draft: Draft, part: Part, number: str) -> Any:
    if part.kind == "general":
        return draft.plan
    if number == "new":
        return None
    entries = getattr(draft.plan, part.kind)
    at = as_number(number, _DIGITS)
    if not number.isdigit() or at >= len(entries):
        raise NotFoundException
    return entries[at]


def _one(form: Typed, name: str) -> str:
    return (form.get(name) or [""])[0]


def _by(moved: DraftMovedOn | PlanMovedOn) -> str:
    return moved.by_name if isinstance(moved, DraftMovedOn) else ""
