"""The invented Ospedale San Luca: its sites, specialties, practitioners, services and their working weeks."""

from datetime import time
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from sportello.demo.naming import dice, id_of
from sportello.kit.written import read_yaml
from sportello.scheduling.calendar import (
    Calendar,
    Hours,
    Location,
    PostalCode,
    Practitioner,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.codes import Channel

NAME = "Ospedale San Luca"
PHONE = "0532 000 100"
Both = tuple[str, str]


class Person(Struct, frozen=True):
    """Somebody who treats patients; bookable with sites, else only in care teams with a role of their own."""

    key: str
    prefix: str
    given: str
    family: str
    specialty: str = ""
    sites: tuple[str, ...] = ()
    role: Both = ("", "")
    code: str = ""

    @property
    def id(self) -> str:
        return id_of("practitioner", self.key)

    @property
    def name(self) -> str:
        return f"{self.prefix} {self.given} {self.family}".strip()

    @property
    def email(self) -> str:
        return f"{self.given}.{self.family}@sanluca.example".lower()


class Offered(Struct, frozen=True):
    """A service as the file tells it; `preparation` names one of the file's texts."""

    id: str
    specialty: str
    name: Both
    minutes: int
    virtual: bool = False
    preparation: str = ""
    referral: bool = False
    not_by_phone: bool = False


class Hospital(Struct, frozen=True):
    """`content/hospital.yaml`."""

    towns: dict[str, tuple[str, float, float]]
    sites: dict[str, tuple[str, str, str, str, float, float]]
    specialties: dict[str, Both]
    preparations: dict[str, Both]
    services: tuple[Offered, ...]
    practitioners: tuple[Person, ...]
    others: tuple[Person, ...]

    def of_specialty(self, key: str) -> list[Person]:
        return [one for one in self.practitioners if one.specialty == key]

    def person(self, key: str) -> Person:
        return next(one for one in (*self.practitioners, *self.others) if one.key == key)


@cache
def hospital() -> Hospital:
    """The hospital as told in its file."""
    text = (Path(__file__).parent / "content" / "hospital.yaml").read_text()
    return msgspec.convert(read_yaml(text), Hospital)


def location_id(key: str) -> str:
    return id_of("location", key)


def calendar() -> Calendar:
    """The whole offer; slots are cut from its weeks."""
    told = hospital()
    roles = [
        Role(id_of("role", one.key, place), one.id, one.specialty, location_id(place))
        for one in told.practitioners
        for place in one.sites
    ]
    codes = {code: (town, lat, lon) for _, town, code, _, lat, lon in told.sites.values()}
    codes |= {code: (town, lat, lon) for town, (code, lat, lon) in told.towns.items()}
    return Calendar(
        specialties=tuple(Specialty(key, Words(*names)) for key, names in told.specialties.items()),
        practitioners=tuple(Practitioner(one.id, one.name) for one in told.practitioners),
        locations=tuple(
            Location(
                location_id(key), name, town, code, street, PHONE, latitude, longitude, country="IT", holidays="IT"
            )
            for key, (name, town, code, street, latitude, longitude) in told.sites.items()
        ),
        services=tuple(_service(one, told) for one in told.services),
        roles=tuple(roles),
        templates=tuple(_week(role, number) for number, role in enumerate(roles)),
        postal_codes=tuple(PostalCode(code, *place) for code, place in codes.items()),
    )


def _service(one: Offered, told: Hospital) -> Service:
    channels = (Channel.IN_PERSON, Channel.VIRTUAL) if one.virtual else (Channel.IN_PERSON,)
    preparation = Words(*told.preparations[one.preparation]) if one.preparation else None
    return Service(
        one.id, one.specialty, Words(*one.name), one.minutes, channels, preparation, one.referral, one.not_by_phone
    )


def _week(role: Role, number: int) -> WeeklyTemplate:
    """The first place of each practitioner in the mornings, the second in the afternoons, one day off."""
    free = dice("week", number // 2).randrange(5)
    morning = number % 2 == 0
    starts, ends = (time(8, 30), time(12, 30)) if morning else (time(14, 0), time(17, 30))
    days = [day for day in range(5) if day != free and (morning or (day + free) % 2)]
    return WeeklyTemplate(id_of("schedule", role.id), role.id, 30, tuple(Hours(day, starts, ends) for day in days))
