"""A clinic on a database of its own: calendars by the thousand, patients, and the way in of systems and staff."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.administration.testing import staff_member
from sportello.app import furnish, open_house
from sportello.fhir import store as fhir
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.security.csrf import token_for
from sportello.kit.settings import DatabaseSettings, Settings
from sportello.scheduling.calendar import (
    Calendar,
    Hours,
    Location,
    Practitioner,
    Resource,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.loading import load_calendar
from tests.live.stage import ROOMS

ZONE = "Europe/Rome"
# A practitioner's morning is at one place, the afternoon at another, every day of the week.
MORNING = tuple(Hours(day, time(8), time(12)) for day in range(7))
AFTERNOON = tuple(Hours(day, time(14), time(18)) for day in range(7))


@contextlib.contextmanager
def database() -> Iterator[EmbeddedPostgres]:
    """A migrated PostgreSQL with durable commits, thrown away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-clinic-"))
    folder.chmod(0o711)
    made = EmbeddedPostgres(folder)
    made.start()
    try:
        migrate(made.dsn)
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def house_on(dsn: str, data: Path, rooms: Sequence[str] = ROOMS) -> AsyncIterator[House]:
    """The rooms on that database, in this process."""
    house = furnish(Settings(database=DatabaseSettings(url=dsn), data=data), rooms)
    async with open_house(house, rooms):
        yield house


def offer(practitioners: int, places: int, minutes: int = 20, *, rooms: bool = False) -> Calendar:
    """Practitioners of ten specialties, each at two of the places; `rooms`: every visit needs one, and a device."""
    templates = []
    for n in range(practitioners):
        for part, hours in enumerate((MORNING, AFTERNOON)):
            where = (n + part * 7) % places
            needs = (f"room{where}", f"device{where}") if rooms else ()
            templates.append(WeeklyTemplate(f"c{n}-{part}", f"r{n}-{part}", minutes, hours, resources=needs))
    return Calendar(
        specialties=tuple(Specialty(f"s{n}", Words(f"Specialità {n}", f"Specialty {n}")) for n in range(10)),
        practitioners=tuple(Practitioner(f"p{n}", f"Dott. {n}") for n in range(practitioners)),
        locations=tuple(
            Location(f"l{n}", f"Sede {n}", f"Città {n}", f"{40000 + n}", zone=ZONE) for n in range(places)
        ),
        resources=tuple(
            Resource(f"{kind}{n}", f"{kind} {n}", f"l{n}", kind) for n in range(places) for kind in ("room", "device")
        ) if rooms else (),
        services=tuple(Service(f"v{n}", f"s{n}", Words(f"Visita {n}", f"Visit {n}"), minutes) for n in range(10)),
        roles=tuple(
            Role(f"r{n}-{part}", f"p{n}", f"s{n % 10}", f"l{(n + part * 7) % places}")
            for n in range(practitioners) for part in range(2)
        ),
        templates=tuple(templates),
    )  # fmt: skip


async def furnished(house: House, calendar: Calendar, patients: int) -> None:
    """The calendar without its times, and patients `k0` and on."""
    async with house.db.transaction() as tx:
        await load_calendar(tx, calendar)
        people = [
            {"resourceType": "Patient", "id": f"k{n}", "name": [{"family": f"Rossi{n}", "given": ["Anna"]}]}
            for n in range(patients)
        ]
        await fhir.put_many(tx, people)


async def system_token(house: House) -> str:
    """A token with which another system may do everything at the FHIR door."""
    async with house.db.transaction() as tx:
        return await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Trial", timedelta(days=1))


async def agents_way(house: House, login: str = "agent0") -> dict[str, str]:
    """The headers with which an agent's browser asks for a part of a page."""
    one = await staff_member(house, "agent", login)
    opened = await open_session(house, UUID(one.id))
    assert opened is not None
    return {"Cookie": f"{COOKIE}={opened.token}", "X-CSRF-Token": token_for(opened.token), "HX-Request": "true"}


def wanted(slot: int, service: str, patient: str, reason: str = "Controllo") -> dict[str, Any]:
    """The body of `$book` and `$hold`."""
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "appt-resource", "resource": {
            "resourceType": "Appointment", "status": "proposed", "description": reason,
            "slot": [{"reference": f"Slot/{slot}"}], "serviceType": [{"coding": [{"code": service}]}],
            "participant": [{"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}],
        }}],
    }  # fmt: skip


def told(dsn: str, statement: str, *values: Any) -> list[Any]:
    """Rows of the database, asked beside the servers."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return list(connection.execute(statement, values))  # type: ignore[call-overload]


def contradictions(dsn: str) -> list[str]:
    """What the calendars say against themselves: seats given twice, statuses that do not follow, lost claims."""
    return [f"{name}: {row}" for name, statement in _NEVER.items() for row in told(dsn, statement)[:5]]


_STANDING = "('pending', 'booked', 'arrived', 'checked-in')"
_NEVER = {
    "two visits of a practitioner at once": f"""
        select a.id, b.id from scheduling.appointment a join scheduling.appointment b on a.id < b.id
        and a.practitioner = b.practitioner and tstzrange(a.starts, a.ends) && tstzrange(b.starts, b.ends)
        join scheduling.slot s on s.id = a.slot and (s.seats = 1 or a.slot <> b.slot)
        where a.status in {_STANDING} and b.status in {_STANDING} and a.overbooked = '' and b.overbooked = ''""",
    "more visits than seats": f"""
        select s.id, s.seats, count(*) from scheduling.slot s join scheduling.appointment a on a.slot = s.id
        where a.status in {_STANDING} and a.overbooked = '' group by s.id having count(*) > s.seats""",
    "two visits of a patient at once": f"""
        select a.id, b.id from scheduling.appointment a join scheduling.appointment b on a.id < b.id
        and a.patient = b.patient and tstzrange(a.starts, a.ends) && tstzrange(b.starts, b.ends)
        where a.status in {_STANDING} and b.status in {_STANDING}""",
    "a room or device taken twice": f"""
        select a.id, b.id, r from scheduling.appointment a join scheduling.slot s on s.id = a.slot
        cross join lateral unnest(s.resources) r
        join scheduling.slot t on t.resources @> array[r] and t.id <> s.id
        join scheduling.appointment b on b.slot = t.id and a.id < b.id and b.status in {_STANDING}
        where a.status in {_STANDING} and s.starts < t.ends and t.starts < s.ends""",
    "a visit without its claims": f"""
        select a.id from scheduling.appointment a join scheduling.slot s on s.id = a.slot where a.status in {_STANDING}
        and (select count(*) from scheduling.claim c where c.appointment = a.id)
            <> case when s.seats = 1 then 2 + cardinality(s.resources) else 2 end""",
    "a claim of nobody": f"""
        select c.id from scheduling.claim c join scheduling.appointment a on a.id = c.appointment
        where a.status not in {_STANDING} and a.status <> 'fulfilled'""",
    "a slot free or not against its claims": """
        select s.id, s.status, s.starts from scheduling.slot s where s.seats = 1 and s.status in ('free', 'busy')
        and (s.status = 'busy') <> exists (
            select from scheduling.claim c where c.appointment is not null
            and c.actor in (select 'practitioner:' || s.practitioner
                            union all select 'resource:' || r from unnest(s.resources) r)
            and c.during && tstzrange(s.starts - make_interval(mins => s.before),
                                      s.ends + make_interval(mins => s.after)))""",
    "a visit that is not where its slot is": f"""
        select a.id from scheduling.appointment a join scheduling.slot s on s.id = a.slot where a.status in {_STANDING}
        and (a.starts, a.ends, a.practitioner, a.location) is distinct from (s.starts, s.ends, s.practitioner,
            s.location)""",
    "a visit without a history": """
        select a.id, a.status, (select c.status from scheduling.appointment_change c where c.appointment = a.id
                                order by number desc limit 1) as last
        from scheduling.appointment a where a.created_by <> 'bench' and a.status is distinct from
            (select c.status from scheduling.appointment_change c where c.appointment = a.id
             order by number desc limit 1)""",
}


async def gathered(*work: Any) -> list[Any]:
    """All at once; the first failure is everybody's."""
    return list(await asyncio.gather(*work))


def first_day(house: House, ahead: int = 1) -> date:
    """The day so many days from now."""
    return (house.clock.now() + timedelta(days=ahead)).date()
