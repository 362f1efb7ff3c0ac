"""Takes in a hospital's offer and makes its slots.

`load_calendar(tx, Calendar(...))` writes specialties, people, places, services, roles and weekly templates; loading
the same again changes nothing. `planning.generate_slots(tx, from_date, weeks)` then cuts the templates into free slots;
run again it only adds what is missing. The structs are in `calendar.py`.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sportello.kit.database import Transaction
from sportello.kit.public_holidays import UnknownHolidays, holidays_of
from sportello.scheduling.calendar import Calendar, Role, Service, WeeklyTemplate
from sportello.scheduling.store import offer, schedules


class BadCalendar(ValueError):
    """A calendar that contradicts itself; the message names the piece and what is wrong with it."""


async def load_calendar(tx: Transaction, calendar: Calendar) -> None:
    """Writes the whole offer, or nothing; raises BadCalendar before the first statement."""
    services = {one.id: one for one in calendar.services}
    roles = {one.id: _with_services(one, calendar.services) for one in calendar.roles}
    _check_places(calendar)
    templates = [checked(one, roles, services) for one in calendar.templates]
    await offer.put_specialties(tx, calendar.specialties)
    await offer.put_practitioners(tx, calendar.practitioners)
    await offer.put_locations(tx, calendar.locations)
    await offer.put_resources(tx, calendar.resources)
    await offer.put_postal_codes(tx, calendar.postal_codes)
    await offer.put_services(tx, calendar.services)
    await offer.put_roles(tx, roles.values())
    await schedules.put(tx, templates)


def _with_services(role: Role, services: tuple[Service, ...]) -> Role:
    if role.services:
        return role
    return msgspec.structs.replace(role, services=tuple(s.id for s in services if s.specialty == role.specialty))


def _check_places(calendar: Calendar) -> None:
    for place in calendar.locations:
        try:
            ZoneInfo(place.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadCalendar(f"location {place.id}: {place.zone!r} is not an IANA time zone") from error
        try:
            holidays_of(place.holidays, 2026)
        except UnknownHolidays as error:
            raise BadCalendar(f"location {place.id}: no holidays are known of {place.holidays!r}") from error


def checked(
    template: WeeklyTemplate, roles: dict[str, Role], services: dict[str, Service]
) -> tuple[WeeklyTemplate, Role]:
    """The template with its services filled in, and its role; raises BadCalendar when it contradicts either."""
    role = roles.get(template.role)
    if role is None:
        raise BadCalendar(f"template {template.id}: there is no role {template.role}")
    template = msgspec.structs.replace(template, services=template.services or role.services)
    for name in template.services:
        if name not in services:
            raise BadCalendar(f"template {template.id}: there is no service {name}")
        if name not in role.services:
            raise BadCalendar(f"template {template.id}: role {role.id} does not offer {name}")
        if services[name].minutes > template.minutes:
            raise BadCalendar(
                f"template {template.id}: {name} takes {services[name].minutes} minutes, slots last {template.minutes}"
            )
    if any(hours.ends <= hours.begins or not 0 <= hours.weekday <= 6 for hours in template.hours):
        raise BadCalendar(f"template {template.id}: hours must end after they begin, on a weekday from 0 to 6")
    if any(not 0 <= hours.week < template.cycle for hours in template.hours):
        raise BadCalendar(f"template {template.id}: hours in a week beyond its cycle of {template.cycle}")
    return template, role
