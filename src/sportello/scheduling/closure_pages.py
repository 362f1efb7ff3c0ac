"""Where staff close time and open it again, and see which visits stand against a closure or a changed template."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.record import naming
from sportello.scheduling import elsewhere_series, wishing
from sportello.scheduling.cancelling import UnknownAppointment
from sportello.scheduling.closing import Scope, UnknownClosure, close, lift
from sportello.scheduling.generating import instant
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import agenda, closures
from sportello.scheduling.store.elsewhere_series import in_part
from sportello.scheduling.store.public import sites

Answer = Response[Any]
_READS = requires(Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK, Permission.CALENDAR_MANAGE)
_CLOSES = requires(Permission.CALENDAR_MANAGE)
_SHOWN_BACK = timedelta(days=1)
_FARTHEST = timedelta(days=3 * 365)
MOST_REASON = 200

WRITE_DATE = N_("Write a date.")
WRITE_TIME = N_("Write a time, such as 08:30.")
TOO_EARLY = N_("The end must be after the beginning.")
TOO_FAR = N_("That is too far ahead: three years at most.")
WHY = N_("Write why, in 200 characters at most: whoever books reads it.")


class ClosurePages(Controller):
    """The doors of closed time."""

    path = "/desk/scheduling"

    @get("/closures", guards=[_READS])
    async def list(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """What is closed from yesterday on, and a form to close more."""
        said = {name: plain(value) for name, value in request.query_params.items()}
        day = said.get("day", "")
        said |= {"from_day": said.get("from_day", day), "to_day": said.get("to_day", day)}
        return await _list(request, house, actor, said, {})

    @post("/closures", guards=[_CLOSES], status_code=200)
    async def close(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Closes it; visits in it are listed as conflicts."""
        said = await texts(request)
        async with house.db.transaction() as tx:
            people = await agenda.people(tx)
            known = {
                "practitioner": {one.id: one.zone for one in people},
                "location": {one.id: one.zone for one in await sites(tx)},
                "resource": {one.id: one.zone for one in await agenda.resources(tx)},
            }  # fmt: skip
        machines = {one.id: one.resource for one in people if one.resource}
        wall = known["location"].get(said.get("location", "")) or known["resource"].get(said.get("resource", ""))
        span, errors = read_span(said, ZoneInfo(wall) if wall else house.settings.clinic.tz, house.clock.now())
        reason = said.get("reason", "").strip()
        if not 0 < len(reason) <= MOST_REASON:
            errors["reason"] = WHY
        chosen = {name: said[name] for name in known if said.get(name)}
        for name, one in chosen.items():
            if one not in known[name]:
                errors.setdefault(name, N_("This choice is not known."))
        if errors or span is None:
            return await _list(request, house, actor, said, errors)
        if machine := machines.get(
            chosen.get("practitioner", "")
        ):  # closed for whoever needs it, not for its own calendar alone
            chosen = {name: one for name, one in chosen.items() if name != "practitioner"} | {"resource": machine}
        scope = Scope(**chosen)
        made = await house.db.run(lambda tx: close(house, tx, actor, *span, scope, reason))
        return Redirect(f"/desk/scheduling/closures?made={made.id}", status_code=303)

    @post("/closures/{closure:str}/lift", guards=[_CLOSES], status_code=200)
    async def lift(self, request: Request[Any, Any, Any], house: House, actor: Actor, closure: str) -> Answer:
        """Opens it again."""
        known = as_uuid(closure)
        if known is None:
            raise NotFoundException
        try:
            await house.db.run(lambda tx: lift(house, tx, actor, known))
        except UnknownClosure:
            return Redirect("/desk/scheduling/closures?gone=yes", status_code=303)
        return Redirect("/desk/scheduling/closures?lifted=yes", status_code=303)

    @post("/conflicts/{appointment:str}/keep", guards=[requires(Permission.APPOINTMENT_BOOK)], status_code=200)
    async def keep(self, house: House, actor: Actor, appointment: str) -> Answer:
        """A person decided that a visit stays, whatever was wished."""
        known = as_uuid(appointment)
        if known is None:
            raise NotFoundException
        try:
            await house.db.run(lambda tx: wishing.keep_as_it_is(house, tx, actor, known))
        except UnknownAppointment as missing:
            raise NotFoundException from missing
        return Redirect("/desk/scheduling/conflicts", status_code=303)

    @post("/conflicts/series/{series:str}/keep", guards=[requires(Permission.APPOINTMENT_BOOK)], status_code=200)
    async def keep_series(self, house: House, actor: Actor, series: str) -> Answer:
        """A person decided that a series stays as it stands, though only some of it was moved or cancelled."""
        known = as_uuid(series)
        if known is None:
            raise NotFoundException
        await house.db.run(lambda tx: elsewhere_series.keep_as_it_is(house, tx, actor, known))
        return Redirect("/desk/scheduling/conflicts", status_code=303)

    @get("/conflicts", guards=[_READS])
    async def conflicts(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Series that were changed in part, and visits that cannot take place as booked, the next first."""

        async def work(tx: Transaction) -> tuple[Any, Any, dict[str, str]]:
            found = await closures.conflicts(tx, house.clock.now())
            broken = await in_part(tx, house.clock.now())
            patients = {one.appointment.patient for one in found} | {one.patient for one in broken}
            return found, broken, await naming.names(house, tx, actor, patients, "conflicts")

        found, broken, names = await house.db.run(work)
        return house.pages.render(request, "scheduling/conflicts.html", conflicts=found, series=broken, names=names)


def read_span(
    said: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> tuple[tuple[datetime, datetime] | None, dict[str, str]]:
    """From `from_day`, `from_time`, `to_day`, `to_time`; without times whole days. Errors by field."""
    errors: dict[str, str] = {}
    ends = []
    for name, otherwise in (("from", time()), ("to", None)):
        day = _date(said.get(f"{name}_day", ""))
        if day is None:
            errors[f"{name}_day"] = WRITE_DATE
        wall = _time(said.get(f"{name}_time", ""))
        if said.get(f"{name}_time") and wall is None:
            errors[f"{name}_time"] = WRITE_TIME
        if day is not None and not errors:
            whole = day + timedelta(days=1) if wall is None and otherwise is None else day
            ends.append(instant(whole, wall or time(), zone))
    if errors:
        return None, errors
    starts, until = ends
    if until <= starts:
        return None, {"to_day": TOO_EARLY}
    if until > now + _FARTHEST:
        return None, {"to_day": TOO_FAR}
    return (starts, until), {}


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2199, 12, 31) else None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text and len(text) == 5 else None
    except ValueError:
        return None


async def _list(
    request: Request[Any, Any, Any], house: House, actor: Actor, said: dict[str, str], errors: dict[str, str]
) -> Answer:
    now = house.clock.now()
    async with house.db.transaction() as tx:
        found = await closures.standing(tx, now - _SHOWN_BACK, datetime.max.replace(year=2200, tzinfo=UTC))
        people, places, resources = await agenda.people(tx), await sites(tx), await agenda.resources(tx)
        conflicts = await closures.count(tx, now)
    return house.pages.render(
        request, "scheduling/closures.html", status=422 if errors else 200, closures=found, said=said, errors=errors,
        people={one.id: one.name for one in people},
        staffed={one.id: one.name for one in people if not one.alone or one.id == said.get("practitioner")},
        places={one.id: f"{one.name}, {one.town}" for one in places},
        resources={one.id: one.name for one in resources},
        walls={one.id: one.zone for one in resources} | {one.id: one.zone for one in places}, conflicts=conflicts,
        may_close=actor.may(Permission.CALENDAR_MANAGE),
    )  # fmt: skip
