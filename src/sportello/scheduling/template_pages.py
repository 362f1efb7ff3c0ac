"""Where calendars are kept: the weekly templates, the days unlike them, and what a change does to booked visits."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import weekly_hours
from sportello.scheduling.calendar import SpecialDay, WeeklyTemplate
from sportello.scheduling.events import CalendarChanged
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.planning import Changed, replan
from sportello.scheduling.store import agenda, schedules
from sportello.scheduling.store.schedules import Placed
from sportello.scheduling.weekly_hours import NotHours, field, line, periods, read, written

Answer = Response[Any]
_READS = requires(Permission.APPOINTMENT_READ, Permission.CALENDAR_MANAGE)
_KEEPS = requires(Permission.CALENDAR_MANAGE)
NUMBERS = {
    "minutes": (5, 480), "before": (0, 240), "after": (0, 240), "seats": (1, 200), "cycle": (1, 8),
    "weeks_ahead": (1, 104),
}  # fmt: skip
OUT_OF_RANGE = N_("Write a whole number within the bounds.")
WRITE_DATE = N_("Write a date.")
ENDS_FIRST = N_("The end must be after the beginning.")
TOO_SHORT = N_("A service of this calendar takes longer than that.")
CHOOSE_TYPE = N_("Choose at least one type of appointment.")
MOST_NOTE = 200


class TemplatePages(Controller):
    """The doors of weekly templates."""

    path = "/desk/scheduling/templates"

    @get(guards=[_READS])
    async def list(self, request: Request[Any, Any, Any], house: House) -> Answer:
        """Every calendar in use."""
        async with house.db.transaction() as tx:
            found = await agenda.schedules(tx)
        return house.pages.render(request, "scheduling/templates.html", schedules=found)

    @get("/{schedule:str}", guards=[_READS])
    async def one(self, request: Request[Any, Any, Any], house: House, actor: Actor, schedule: str) -> Answer:
        """One calendar, as a form."""
        async with house.db.transaction() as tx:
            placed = await _placed(tx, schedule)
        return await _form(request, house, actor, placed, as_form(placed.template), {})

    @post("/{schedule:str}", guards=[_KEEPS], status_code=200)
    async def save(self, request: Request[Any, Any, Any], house: House, actor: Actor, schedule: str) -> Answer:
        """Changes it; slots follow at once, booked ones stay."""
        form = await texts(request)
        async with house.db.transaction() as tx:
            placed = await _placed(tx, schedule)
            services, resources = await schedules.choices(tx, schedule, actor.language)
            lengths = await schedules.minutes_of(tx, [key for key, _ in services])
        template, errors = from_form(placed.template, form, services, resources)
        if not errors and template.minutes < max(lengths.get(one, 0) for one in template.services):
            errors["minutes"] = TOO_SHORT
        if errors:
            return await _form(request, house, actor, placed, form, errors)

        async def work(tx: Transaction) -> Changed:
            await schedules.change(tx, template)
            return await _follow(house, tx, actor, placed)

        return _told(schedule, await house.db.run(work))

    @post("/{schedule:str}/days", guards=[_KEEPS], status_code=200)
    async def day(self, request: Request[Any, Any, Any], house: House, actor: Actor, schedule: str) -> Answer:
        """Adds a day unlike the template, or takes one away (`drop`)."""
        form = await texts(request)
        errors: dict[str, str] = {}
        try:
            on = date.fromisoformat(form.get("drop") or form.get("on", ""))
        except ValueError:
            errors["on"] = WRITE_DATE
        try:
            hours = tuple(periods(form.get("hours", "")))
        except NotHours as error:
            errors["hours"] = str(error)
        async with house.db.transaction() as tx:
            placed = await _placed(tx, schedule)
        if errors:
            return await _form(request, house, actor, placed, as_form(placed.template) | form, errors)

        async def work(tx: Transaction) -> Changed:
            if form.get("drop"):
                await schedules.drop_special_day(tx, schedule, on)
            else:
                note = form.get("note", "").strip()[:MOST_NOTE]
                await schedules.put_special_day(tx, schedule, SpecialDay(on, hours, note))
            return await _follow(house, tx, actor, placed)

        return _told(schedule, await house.db.run(work))


async def _follow(house: House, tx: Transaction, actor: Actor, placed: Placed) -> Changed:
    done = await replan(tx, placed.template.id, house.clock.now())
    await audit.record(
        house, tx, actor, "calendar.changed", entity=f"schedule/{placed.template.id}",
        detail={"added": done.added, "withdrawn": done.withdrawn, "kept": done.kept},
    )  # fmt: skip
    await house.news.announce(tx, CalendarChanged([placed.practitioner]))
    return done


def _told(schedule: str, done: Changed) -> Answer:
    figures = f"added={done.added}&withdrawn={done.withdrawn}&kept={done.kept}"
    return Redirect(f"/desk/scheduling/templates/{schedule}?{figures}", status_code=303)


def as_form(template: WeeklyTemplate) -> dict[str, str]:
    """The fields of a template as they are typed."""
    days = {
        field(week, weekday): line(template.hours, week, weekday)
        for week in range(template.cycle)
        for weekday in range(7)
    }
    numbers = {name: str(getattr(template, name)) for name in NUMBERS}
    dates = {name: value.isoformat() if (value := getattr(template, name)) else "" for name in _DATES}
    ticked = {f"service:{one}": "yes" for one in template.services} | {
        f"resource:{one}": "yes" for one in template.resources
    }
    return days | numbers | dates | ticked | {"name": template.name}


_DATES = ("valid_from", "valid_until")


Choices = list[tuple[str, str]]


def from_form(
    before: WeeklyTemplate, form: Mapping[str, str], services: Choices, resources: Choices
) -> tuple[WeeklyTemplate, dict[str, str]]:
    """The template as typed, and what is wrong by field."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {"name": form.get("name", "").strip()[:100]}
    for name, (low, high) in NUMBERS.items():
        text = form.get(name, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 4 and low <= int(text) <= high):
            errors[name] = OUT_OF_RANGE
        else:
            values[name] = int(text)
    for name, group, choices in (("services", "service", services), ("resources", "resource", resources)):
        values[name] = tuple(key for key, _ in choices if form.get(f"{group}:{key}") == "yes")
    if not values["services"]:
        errors["service"] = CHOOSE_TYPE
    for name in _DATES:
        try:
            values[name] = date.fromisoformat(form[name]) if form.get(name) else None
        except ValueError:
            errors[name] = WRITE_DATE
    if not errors and values["valid_from"] and values["valid_until"] and values["valid_until"] < values["valid_from"]:
        errors["valid_until"] = ENDS_FIRST
    values["hours"], wrong = read(form, values.get("cycle", before.cycle))
    return msgspec.structs.replace(before, **values), errors | wrong


async def _placed(tx: Transaction, schedule: str) -> Placed:
    found = await schedules.placed(tx, plain(schedule)) if len(schedule) <= 100 else None
    if found is None:
        raise NotFoundException
    return found


async def _form(
    request: Request[Any, Any, Any], house: House, actor: Actor, placed: Placed, form: Mapping[str, str],
    errors: dict[str, str],
) -> Answer:  # fmt: skip
    async with house.db.transaction() as tx:
        special = await schedules.special_days(tx, placed.template.id)
        services, resources = await schedules.choices(tx, placed.template.id, actor.language)
        named = next((one for one in await agenda.schedules(tx) if one.id == placed.template.id), None)
    weeks = int(form["cycle"]) if form.get("cycle", "").isdigit() and 1 <= int(form["cycle"]) <= 8 else 1
    return house.pages.render(
        request, "scheduling/template.html", status=422 if errors else 200, calendar=placed.template, named=named,
        services=services, resources=resources, form=form, errors=errors,
        weeks=range(weeks), field_of=weekly_hours.field, bounds=NUMBERS,
        special=[(one, written(list(one.hours))) for one in special.values()],
        may_change=actor.may(Permission.CALENDAR_MANAGE),
        told={name: request.query_params[name] for name in ("added", "withdrawn", "kept")}
        if "added" in request.query_params else None,
    )  # fmt: skip
