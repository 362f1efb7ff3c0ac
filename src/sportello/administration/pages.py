"""Screens for administrators: staff and their roles, the audit trail."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect
from msgspec import Struct

from sportello.administration import accounts, audit, store
from sportello.administration.actor import Actor
from sportello.administration.permissions import ROLE_NAMES, Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House

PAGE = 50


class NewStaff(Struct):
    """What the form for a new account sends."""

    login: str
    name: str
    role: str
    password: str
    language: str = "it"
    email: str = ""


class ChangedStaff(Struct):
    """What the form on an account's row sends."""

    role: str
    language: str
    active: str = ""
    password: str = ""


async def _staff_page(
    house: House, request: Request[Any, Any, Any], *, errors: dict[str, str], raw: dict[str, str], refused: str = ""
) -> Response[Any]:
    async with house.db.transaction() as tx:
        staff = await store.all_staff(tx)
    return house.pages.render(
        request, "administration/staff.html", status=422 if errors or refused else 200,
        staff=staff, roles=ROLE_NAMES, errors=errors, raw=raw, refused=refused,
    )  # fmt: skip


@get("/administration", guards=[requires(Permission.STAFF_MANAGE)])
async def staff_page(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Who works here, as what."""
    return await _staff_page(house, request, errors={}, raw={})


@post("/administration/staff", guards=[requires(Permission.STAFF_MANAGE)])
async def add_door(house: House, request: Request[Any, Any, Any], actor: Actor) -> Response[Any]:
    """A new account."""
    form, errors, raw = await read_form(request, NewStaff)
    if form is None:
        return await _staff_page(house, request, errors=errors, raw=raw)

    async def work(tx: Transaction) -> None:
        await accounts.add_staff(
            house, tx, actor, login=form.login, name=form.name, role=form.role, password=form.password,
            language=form.language, email=form.email,
        )  # fmt: skip

    try:
        await house.db.run(work)
    except accounts.Unacceptable as no:
        return await _staff_page(house, request, errors={}, raw=raw, refused=no.message)
    return Redirect("/administration", status_code=303)


@post("/administration/staff/{staff:uuid}", guards=[requires(Permission.STAFF_MANAGE)])
async def change_door(house: House, request: Request[Any, Any, Any], actor: Actor, staff: UUID) -> Response[Any]:
    """Changes to an account."""
    form, errors, _ = await read_form(request, ChangedStaff)
    if form is None:
        return await _staff_page(house, request, errors=errors, raw={})

    async def work(tx: Transaction) -> None:
        if await store.staff_by_id(tx, staff) is None:
            raise NotFoundException
        await accounts.change_staff(
            house, tx, actor, staff, role=form.role, language=form.language, active=bool(form.active)
        )
        if form.password:
            await accounts.set_password(house, tx, actor, staff, form.password)

    try:
        await house.db.run(work)
    except accounts.Unacceptable as no:
        return await _staff_page(house, request, errors={}, raw={}, refused=no.message)
    return Redirect("/administration", status_code=303)


@get("/administration/audit", guards=[requires(Permission.AUDIT_READ)])
async def audit_page(
    house: House,
    request: Request[Any, Any, Any],
    actor: Actor,
    before: int | None = None,
    who: str = "",
    patient: str = "",
) -> Response[Any]:
    """Who did what, newest first; reading the trail is itself on record."""
    async with house.db.transaction() as tx:
        rows = await store.audit_search(tx, patient.strip() or None, who.strip() or None, before, PAGE + 1)
        await audit.record(house, tx, actor, "audit.read", patient=patient.strip() or None)
    more = rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
    return house.pages.render(
        request, "administration/audit.html", rows=rows[:PAGE], more=more, who=who, patient=patient
    )


ROUTES = [staff_page, add_door, change_door, audit_page]
