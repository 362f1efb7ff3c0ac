"""What the staff's calendar shows for what was asked: a day of a place, or a week of a person, with who comes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import naming
from sportello.scheduling import feeds
from sportello.scheduling.agenda import Column, Grid, grid
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.store import agenda, appointments, closures, elsewhere_series
from sportello.scheduling.store.public import sites
from sportello.scheduling.store.slots import Slot

MOST_COLUMNS = 14


class Asked(Struct, frozen=True):
    """What is to be shown: `view` is day or week; `moving` is a visit that looks for another time."""

    day: date
    view: str = "day"
    practitioner: str = ""
    location: str = ""
    moving: str = ""

    @property
    def days(self) -> list[date]:
        """The day, or the seven days of its week."""
        if self.view == "day":
            return [self.day]
        monday = self.day - timedelta(days=self.day.weekday())
        return [monday + timedelta(days=number) for number in range(7)]

    @property
    def step(self) -> timedelta:
        """How far it is to the next of its kind."""
        return timedelta(days=7 if self.view == "week" else 1)

    def query(self, **other: Any) -> str:
        """This view's address, or that of one unlike it in some way."""
        values = {
            "day": self.day.isoformat(), "view": self.view, "practitioner": self.practitioner,
            "location": self.location, "moving": self.moving,
        } | other  # fmt: skip
        return "/desk/scheduling/calendar?" + "&".join(f"{name}={value}" for name, value in values.items() if value)


def asked(query: Mapping[str, str], today: date) -> Asked:
    """From an address that anybody may have written."""
    try:
        day = date.fromisoformat(query.get("day", ""))
    except ValueError:
        day = today
    if not date(2000, 1, 1) <= day <= date(2199, 12, 31):
        day = today
    view = "week" if query.get("view") == "week" else "day"
    return Asked(day, view, *(_plain(query.get(name, "")) for name in ("practitioner", "location", "moving")))


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "-._")[:100]


async def shown(house: House, tx: Transaction, actor: Actor, what: Asked) -> dict[str, Any]:
    """The variables of the template: the table by day, and what it can be narrowed to."""
    people, places = await agenda.people(tx), await sites(tx)
    if not what.practitioner and not what.location and what.view == "day" and len(people) > MOST_COLUMNS and places:
        what = Asked(what.day, what.view, "", places[0].id, what.moving)
    if what.view == "week" and not what.practitioner and people:
        what = Asked(what.day, what.view, people[0].id, what.location, what.moving)
    wall = await agenda.zone_of(tx, what.practitioner, what.location)
    zone = ZoneInfo(wall) if wall else house.settings.clinic.tz
    since, until = (_midnight(day, zone) for day in (what.days[0], what.days[-1] + timedelta(days=1)))
    found = await agenda.slots(tx, since, until, practitioner=what.practitioner, location=what.location)
    visits = await appointments.of_slots(tx, [slot.id for slot in found if slot.status != "free" or slot.seats > 1])
    names, now = await naming.names(house, tx, actor, {one.patient for one in visits}, "calendar"), house.clock.now()
    table, cut = _table(found, visits, what, zone)
    return {
        "asked": what, "table": table, "cut": cut, "names": names,
        "people": people,
        "location_options": [(one.id, f"{one.name}, {one.town}") for one in places],
        "closures": await closures.standing(tx, since, until),
        "conflicts": await closures.count(tx, now) + await elsewhere_series.count(tx, now),
        "today": now.astimezone(zone).date(), "now": now,
        "own": await feeds.practitioner_of(tx, actor), "wall": zone.key,
        "several": any(slot.wall != zone.key for slot in found),
    }  # fmt: skip


def _table(found: list[Slot], visits: list[Appointment], what: Asked, zone: ZoneInfo) -> tuple[Grid, bool]:
    """Columns by calendar on a day, by day and calendar in a week; and whether some are left out."""
    by_slot: dict[int, list[Appointment]] = {}
    for one in visits:
        by_slot.setdefault(one.slot or 0, []).append(one)
    if what.view == "day":
        ordered = sorted(found, key=lambda slot: (slot.practitioner_name, slot.schedule, slot.starts))
        columns = [
            Column(key, (own := tuple(group))[0].practitioner_name, own[0].location_name, own)
            for key, group in groupby(ordered, key=lambda slot: slot.schedule)
        ]
        return grid(columns[:MOST_COLUMNS], by_slot), len(columns) > MOST_COLUMNS
    return week(found, by_slot, what.days, zone), False


def week(found: list[Slot], visits: dict[int, list[Appointment]], days: list[date], zone: ZoneInfo) -> Grid:
    """A column a day; times of the wall stand beside each other, also in the week when clocks change."""

    def wall(slot: Slot) -> tuple[datetime, datetime]:
        """Where it stands as if on one day, so that nine o'clock is one line on all of them."""
        local = slot.starts.astimezone(zone)
        starts = datetime.combine(days[0], local.time(), tzinfo=UTC)
        return starts, starts + (slot.ends - slot.starts)

    columns = [
        Column(day.isoformat(), "", "", tuple(slot for slot in found if slot.starts.astimezone(zone).date() == day))
        for day in days
    ]
    return grid(columns, visits, wall)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
