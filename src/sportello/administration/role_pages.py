"""The screen on which an administrator sets what each role may do."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration import roles, store
from sportello.administration.accounts import Unacceptable
from sportello.administration.actor import Actor
from sportello.administration.permissions import ROLE_NAMES, Permission, Role, requires
from sportello.administration.words import PERMISSIONS
from sportello.kit.database import Transaction
from sportello.kit.house import House

_MANAGE = [requires(Permission.STAFF_MANAGE)]


@get("/desk/roles", guards=_MANAGE)
async def roles_page(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Roles beside permissions."""
    return await _page(house, request)


@post("/desk/roles/{role:str}", guards=_MANAGE)
async def role_door(house: House, request: Request[Any, Any, Any], actor: Actor, role: str) -> Response[Any]:
    """What one role may do from now on; permissions that nobody knows are left out."""
    if role not in set(Role):
        raise NotFoundException
    asked = set((await request.form()).getall("permission", []))
    given = frozenset(permission for permission in Permission if permission in asked)

    async def work(tx: Transaction) -> None:
        await roles.change_role(house, tx, actor, Role(role), given)

    try:
        await house.db.run(work)
    except Unacceptable as no:
        return await _page(house, request, {"": no.message})
    return Redirect("/desk/roles?done=yes", status_code=303)


async def _page(house: House, request: Request[Any, Any, Any], errors: dict[str, str] | None = None) -> Response[Any]:
    async with house.db.transaction() as tx:
        held = await store.all_permissions(tx)
    return house.pages.render(
        request, "administration/roles.html", status=422 if errors else 200, here="/administration", held=held,
        roles=ROLE_NAMES, permissions=PERMISSIONS, errors=errors or {}, done=request.query_params.get("done", ""),
    )  # fmt: skip


ROUTES = [roles_page, role_door]
