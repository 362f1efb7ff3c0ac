"""Where administrators choose who makes the links of virtual visits: for the house, and for types that differ."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.codes import Channel
from sportello.scheduling.pages import texts
from sportello.scheduling.ports import OWN, makers_of
from sportello.scheduling.store import meetings, public

AT = "/desk/scheduling/virtual"
UNKNOWN = N_("This choice is not known.")


class VirtualPages(Controller):
    """The doors of the choice of makers."""

    path = AT
    guards = [requires(Permission.SETTINGS_CHANGE)]  # noqa: RUF012

    @get()
    async def show(self, request: Request[Any, Any, Any], house: House) -> Response[Any]:
        """The choices in force."""
        async with house.db.transaction() as tx:
            chosen = await meetings.choices(tx)
        return await _page(request, house, chosen, {}, "done" in request.query_params)

    @post(status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
        """For links that are made from now on; visits that have one keep it until they are moved."""
        form = await texts(request)
        chosen = {name.removeprefix("maker_"): key for name, key in form.items() if name.startswith("maker_") and key}
        async with house.db.transaction() as tx:
            known = {one.id for one in await public.services(tx)} | {""}
        errors = {
            f"maker_{name}": UNKNOWN for name, key in chosen.items() if key not in makers_of(house) or name not in known
        }
        if errors:
            return await _page(request, house, chosen, errors, done=False)

        async def work(tx: Transaction) -> None:
            await meetings.choose(tx, chosen)
            await audit.record(house, tx, actor, "calendar.meeting_makers", detail={"chosen": chosen})

        await house.db.run(work)
        return Redirect(f"{AT}?done=yes", status_code=303)


async def _page(
    request: Request[Any, Any, Any], house: House, chosen: dict[str, str], errors: dict[str, str], done: bool
) -> Response[Any]:
    async with house.db.transaction() as tx:
        services = [one for one in await public.services(tx) if Channel.VIRTUAL in one.channels]
    return house.pages.render(
        request, "scheduling/virtual.html", status=422 if errors else 200, services=services, errors=errors, done=done,
        chosen={"": OWN} | chosen, makers={key: maker.name for key, maker in makers_of(house).items()},
    )  # fmt: skip
