"""One request of erasure: exactly what would go and stay, and its decision by another than who asked."""

from datetime import datetime
from typing import Any, NamedTuple

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.administration.privacy import erasing, policy, store
from sportello.administration.privacy.erasing import NotNow
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.holding_words import told
from sportello.record.naming import names
from sportello.record.privacy_pages import named

_HANDLE = [requires(Permission.PRIVACY_HANDLE)]
_APPROVE = [requires(Permission.PRIVACY_APPROVE)]
WHY = N_("Write why: the patient reads it.")
Asking = Request[Any, Any, Any]


class Done(NamedTuple):
    """How many entries went, and when the last of them did."""

    number: int
    done_at: datetime


@get("/desk/privacy/erasures/{erasure:str}", guards=_HANDLE)
async def page(request: Asking, house: House, actor: Actor, erasure: str) -> Response[str]:
    """The dry run, as of now; of one that is done, what it did."""
    return await _page(request, house, actor, erasure)


async def _page(
    request: Asking, house: House, actor: Actor, erasure: str, refused: str = "", error: str = ""
) -> Response[str]:
    known = named(erasure)

    async def work(tx: Transaction) -> dict[str, Any]:
        one = await store.erasure(tx, known)
        if one is None:
            raise NotFoundException
        plan = await erasing.dry_run(house, tx, one.patient) if one.state == "asked" else None
        if plan:
            await audit.record(house, tx, actor, "privacy.erasure_looked", patient=one.patient, entity=erasure)
        named_ = await names(house, tx, actor, [one.patient], "privacy") if one.state != "done" else {}
        return {"one": one, "plan": plan, "name": named_.get(one.patient, one.patient),
                "steps": _by_kind(await store.steps(tx, known))}  # fmt: skip

    context = await house.db.run(work)
    return house.pages.render(
        request, "record/erasure.html", status=409 if refused else 422 if error else 200, refused=refused, error=error,
        kinds=policy.NAMES, told=told, own=context["one"].asked_by == actor.id,
        approves=actor.may(Permission.PRIVACY_APPROVE), **context,
    )  # fmt: skip


def _by_kind(steps: dict[str, Any]) -> dict[str, Done]:
    """What each kind of entry lost in all rooms: which room kept it is nothing to who answers for privacy."""
    found: dict[str, Done] = {}
    for part, step in steps.items():
        kind = part.partition(".")[2]
        before = found.get(kind, Done(0, step["done_at"]))
        found[kind] = Done(before.number + step["number"], max(before.done_at, step["done_at"]))
    return found


@post("/desk/privacy/erasures/{erasure:str}/approve", guards=_APPROVE)
async def approve_door(request: Asking, house: House, actor: Actor, erasure: str) -> Response[Any]:
    """For exactly what was shown; it begins at once."""
    known, mark = named(erasure), str((await request.form()).get("mark", ""))
    try:
        await house.db.run(lambda tx: erasing.approve(house, tx, actor, known, mark))
    except NotNow as no:
        return await _page(request, house, actor, erasure, str(no))
    return Redirect(f"/desk/privacy/erasures/{known}", status_code=303)


@post("/desk/privacy/erasures/{erasure:str}/refuse", guards=_APPROVE)
async def refuse_door(request: Asking, house: House, actor: Actor, erasure: str) -> Response[Any]:
    """With a reason."""
    known, why = named(erasure), str((await request.form()).get("why", "")).replace("\0", "").strip()[:1000]
    if not why:
        return await _page(request, house, actor, erasure, error=WHY)
    try:
        await house.db.run(lambda tx: erasing.refuse(house, tx, actor, known, why))
    except NotNow as no:
        return await _page(request, house, actor, erasure, str(no))
    return Redirect("/desk/privacy?done=refused", status_code=303)


ROUTES: list[Any] = [page, approve_door, refuse_door]
