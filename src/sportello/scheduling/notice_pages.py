"""Where it is said how long before a visit patients may still move or cancel it themselves."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.pages import texts
from sportello.scheduling.store import notice, public

AT = "/desk/scheduling/notice"
MOST_HOURS, MOST_DAYS = 720, 30
WRITE_HOURS = N_("Write hours from 0 to 720.")
WRITE_DAYS = N_("Write working days from 0 to 30.")


class NoticePages(Controller):
    """The doors of notice."""

    path = AT
    guards = [requires(Permission.CALENDAR_MANAGE)]  # noqa: RUF012

    @get()
    async def show(self, request: Request[Any, Any, Any], house: House) -> Response[Any]:
        """What holds."""
        async with house.db.transaction() as tx:
            held, saturday = await notice.held(tx), await notice.saturday(tx)
        said = {f"hours_{one}": str(hours) for one, (hours, _) in held.items()}
        said |= {f"days_{one}": str(days) for one, (_, days) in held.items()} | {"saturday": "yes" if saturday else ""}
        return await _page(request, house, said, {}, done="done" in request.query_params)

    @post(status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
        """Holds at once, also for visits that are booked."""
        said = await texts(request)
        async with house.db.transaction() as tx:
            known = await notice.held(tx)
        errors: dict[str, str] = {}
        held = {}
        for one in known:
            hours = _number(said.get(f"hours_{one}", ""), MOST_HOURS)
            days = _number(said.get(f"days_{one}", ""), MOST_DAYS)
            if hours is None:
                errors[f"hours_{one}"] = WRITE_HOURS
            if days is None:
                errors[f"days_{one}"] = WRITE_DAYS
            held[one] = (hours or 0, days or 0)
        if errors:
            return await _page(request, house, said, errors, done=False)

        async def work(tx: Transaction) -> None:
            await notice.keep(tx, held, saturday=said.get("saturday") == "yes")
            await audit.record(house, tx, actor, "calendar.notice")

        await house.db.run(work)
        return Redirect(f"{AT}?done=yes", status_code=303)


def _number(text: str, most: int) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 and int(text) <= most else None


async def _page(
    request: Request[Any, Any, Any], house: House, said: dict[str, str], errors: dict[str, str], *, done: bool
) -> Response[Any]:
    async with house.db.transaction() as tx:
        services = await public.services(tx)
    return house.pages.render(
        request, "scheduling/notice.html", status=422 if errors else 200, services=services, said=said, errors=errors,
        done=done and not errors,
    )  # fmt: skip
