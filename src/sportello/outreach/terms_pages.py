"""Where administrators say when nothing is sent, and how long before a visit its patient is reminded."""

from datetime import time
from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.outreach import reminding
from sportello.outreach.rules import windows_of
from sportello.outreach.store import terms
from sportello.outreach.store.terms import Terms
from sportello.scheduling import reading
from sportello.scheduling.calendar import Service
from sportello.scheduling.pages import texts

Answer = Response[Any]
AT = "/desk/outreach/terms"
WRITE_TIME = N_("Write a time, such as 08:30.")
WRITE_WINDOWS = N_("Write days and hours such as 7d 2d 3h: at most four, up to 90d or 240h.")


class TermsPages(Controller):
    """The doors of quiet hours and reminders."""

    path = AT
    guards = [requires(Permission.SETTINGS_CHANGE)]  # noqa: RUF012

    @get()
    async def show(self, request: Request[Any, Any, Any], house: House) -> Answer:
        """What holds."""
        async with house.db.transaction() as tx:
            held, services = await terms.read(tx), await reading.services(tx)
        return _page(request, house, services, _as_form(held, services), {}, "done" in request.query_params)

    @post(status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Holds from now on, also for visits that are booked already."""
        form = await texts(request)
        async with house.db.transaction() as tx:
            services = await reading.services(tx)
        held, errors = read(form, services)
        if held is None:
            return _page(request, house, services, form, errors, done=False)

        async def work(tx: Transaction) -> None:
            await terms.keep(tx, held, f"{actor.kind}:{actor.id}", house.clock.now())
            await audit.record(house, tx, actor, "letter.terms", detail={"reminders": list(held.reminders)})
            await reminding.begin_anew(house, tx)

        await house.db.run(work)
        return Redirect(f"{AT}?done=yes", status_code=303)


def read(form: dict[str, str], services: list[Service]) -> tuple[Terms | None, dict[str, str]]:
    """The terms, or what is wrong by field. A type of appointment left empty goes by the house's reminders."""
    errors: dict[str, str] = {}
    quiet = {}
    for name in ("quiet_from", "quiet_until"):
        try:
            quiet[name] = time.fromisoformat(form.get(name, "").strip()[:5])
        except ValueError:
            errors[name] = WRITE_TIME
    windows: dict[str, tuple[str, ...]] = {}
    for name in ("reminders", *(f"reminders_{one.id}" for one in services)):
        said = form.get(name, "").strip()
        if said in ("", "-") and (said or name == "reminders"):
            windows[name] = ()
        elif said:
            try:
                windows[name] = windows_of(said)
            except ValueError:
                errors[name] = WRITE_WINDOWS
    if errors:
        return None, errors
    by_service = {name.removeprefix("reminders_"): said for name, said in windows.items() if name != "reminders"}
    quiet_all = form.get("quiet_all") == "yes"
    return Terms(quiet["quiet_from"], quiet["quiet_until"], quiet_all, windows["reminders"], by_service), {}


def _as_form(held: Terms, services: list[Service]) -> dict[str, str]:
    said = {
        "quiet_from": f"{held.quiet_from:%H:%M}", "quiet_until": f"{held.quiet_until:%H:%M}",
        "quiet_all": "yes" if held.quiet_all else "", "reminders": " ".join(held.reminders),
    }  # fmt: skip
    for one in services:
        if one.id in held.by_service:
            said[f"reminders_{one.id}"] = " ".join(held.by_service[one.id]) or "-"
    return said


def _page(
    request: Request[Any, Any, Any], house: House, services: list[Service], said: dict[str, str],
    errors: dict[str, str], done: bool,
) -> Answer:  # fmt: skip
    return house.pages.render(
        request, "outreach/terms.html", status=422 if errors else 200, services=services, said=said, errors=errors,
        done=done and not errors, zone=house.settings.clinic.zone,
    )  # fmt: skip
