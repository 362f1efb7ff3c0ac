"""Screens for administrators: who works here, as what; each account, its password; one's own password."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect
from msgspec import Meta, Struct

from sportello.administration import accounts, store
from sportello.administration.actor import Actor
from sportello.administration.identifying import COOKIE
from sportello.administration.permissions import ROLE_NAMES, Permission, requires, signed_in
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.ids import uuid7

_MANAGE = [requires(Permission.STAFF_MANAGE)]
Name = Annotated[str, Meta(max_length=200)]


class NewStaff(Struct):
    """What the form for a new account sends; `id` is the page's own, so that a double click adds one account."""

    id: UUID
    login: Annotated[str, Meta(max_length=100)]
    name: Name
    role: str
    language: str
    password: str
    email: str = ""


class ChangedStaff(Struct):
    """What an account's own form sends."""

    name: Name
    role: str
    language: str
    active: bool
    email: str = ""


class NewPassword(Struct):
    """A password given by an administrator."""

    password: str


class ChosenPassword(Struct):
    """A password of one's own."""

    old_password: str
    new_password: str


@get("/administration", guards=[requires(Permission.STAFF_MANAGE, Permission.AUDIT_READ)])
async def administration(actor: Actor) -> Redirect:
    """The first screen that the person may see."""
    return Redirect("/desk/staff" if actor.may(Permission.STAFF_MANAGE) else "/desk/audit", status_code=303)


@get("/desk/staff", guards=_MANAGE)
async def staff_page(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Who works here, and a form for a new account."""
    return await _list(house, request, {"id": str(uuid7()), "password": accounts.suggested_password()})


@post("/desk/staff", guards=_MANAGE)
async def add_door(house: House, request: Request[Any, Any, Any], actor: Actor) -> Response[Any]:
    """A new account."""
    form, errors, raw = await read_form(request, NewStaff)
    if form is None:
        return await _list(house, request, raw, errors)

    async def work(tx: Transaction) -> UUID:
        return await accounts.add_staff(
            house, tx, actor, staff=form.id, login=form.login, name=form.name, role=form.role, password=form.password,
            language=form.language, email=form.email, temporary=True,
        )  # fmt: skip

    try:
        staff = await house.db.run(work)
    except accounts.Unacceptable as no:
        return await _list(house, request, raw, {no.field: no.message})
    return Redirect(f"/desk/staff/{staff}?done=added", status_code=303)


@get("/desk/staff/{staff:uuid}", guards=_MANAGE)
async def account_page(house: House, request: Request[Any, Any, Any], staff: UUID) -> Response[Any]:
    """One account."""
    return await _account(house, request, staff, done=request.query_params.get("done", ""))


@post("/desk/staff/{staff:uuid}", guards=_MANAGE)
async def change_door(house: House, request: Request[Any, Any, Any], actor: Actor, staff: UUID) -> Response[Any]:
    """Changes to an account."""
    form, errors, raw = await read_form(request, ChangedStaff)
    if form is None:
        return await _account(house, request, staff, raw, errors)

    async def work(tx: Transaction) -> None:
        await _known(tx, staff)
        await accounts.change_staff(
            house, tx, actor, staff, name=form.name, email=form.email, role=form.role, language=form.language,
            active=form.active,
        )  # fmt: skip

    try:
        await house.db.run(work)
    except accounts.Unacceptable as no:
        return await _account(house, request, staff, raw, {no.field: no.message})
    return Redirect(f"/desk/staff/{staff}?done=changed", status_code=303)


@post("/desk/staff/{staff:uuid}/password", guards=_MANAGE)
async def password_door(house: House, request: Request[Any, Any, Any], actor: Actor, staff: UUID) -> Response[Any]:
    """A new password, told to its owner by the administrator; it must be replaced at the next sign-in."""
    form, errors, raw = await read_form(request, NewPassword)
    if form is None:
        return await _account(house, request, staff, errors=errors)

    async def work(tx: Transaction) -> None:
        await _known(tx, staff)
        await accounts.set_password(house, tx, actor, staff, form.password)

    try:
        await house.db.run(work)
    except accounts.Unacceptable as no:
        return await _account(house, request, staff, errors={no.field: no.message}, password=raw["password"])
    return Redirect(f"/desk/staff/{staff}?done=password", status_code=303)


@get("/desk/password", guards=[signed_in], opt={"before_choosing_password": True}, sync_to_thread=False)
def own_password_page(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """One's own password."""
    done = request.query_params.get("done", "")
    return house.pages.render(request, "administration/password.html", errors={}, done=done)


@post("/desk/password", guards=[signed_in], opt={"before_choosing_password": True})
async def own_password_door(house: House, request: Request[Any, Any, Any], actor: Actor) -> Response[Any]:
    """One's own new password; sessions elsewhere end."""
    form, errors, _ = await read_form(request, ChosenPassword)
    if form is not None:

        async def work(tx: Transaction) -> None:
            session = request.cookies.get(COOKIE, "")
            await accounts.choose_password(house, tx, actor, form.old_password, form.new_password, session)

        try:
            await house.db.run(work)
            return Redirect("/desk/password?done=yes", status_code=303)
        except accounts.Unacceptable as no:
            errors = {no.field: no.message}
    return house.pages.render(request, "administration/password.html", status=422, errors=errors, done="")


async def _known(tx: Transaction, staff: UUID) -> Any:
    row = await store.staff_by_id(tx, staff)
    if row is None:
        raise NotFoundException
    return row


async def _list(
    house: House, request: Request[Any, Any, Any], raw: dict[str, str], errors: dict[str, str] | None = None
) -> Response[Any]:
    async with house.db.transaction() as tx:
        staff = await store.all_staff(tx)
    return house.pages.render(
        request, "administration/staff.html", status=422 if errors else 200, here="/administration",
        staff=staff, roles=ROLE_NAMES, errors=errors or {}, raw=raw,
    )  # fmt: skip


async def _account(
    house: House,
    request: Request[Any, Any, Any],
    staff: UUID,
    raw: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    *,
    done: str = "",
    password: str = "",
) -> Response[Any]:
    async with house.db.transaction() as tx:
        row = await _known(tx, staff)
    shown = {key: row[key] for key in ("name", "email", "role", "language")} | {"active": row["active"]}
    if raw is not None:
        shown |= raw | {"active": bool(raw.get("active"))}
    return house.pages.render(
        request, "administration/account.html", status=422 if errors else 200, here="/administration", person=row,
        shown=shown, roles=ROLE_NAMES, errors=errors or {}, done=done,
        password=password or accounts.suggested_password(),
    )  # fmt: skip


ROUTES = [
    administration, staff_page, add_door, account_page, change_door, password_door, own_password_page,
    own_password_door,
]  # fmt: skip
