"""What a hospital offers, in plain structs: specialties, people, places, services, and the weeks they work.

Ids are those of the FHIR resources (Practitioner, Location, HealthcareService, PractitionerRole, Schedule).
"""

from datetime import date, time

from msgspec import Struct

from sportello.scheduling.codes import Channel


class Words(Struct, frozen=True):
    """A text of the hospital in both languages."""

    it: str
    en: str

    def in_language(self, language: str) -> str:
        """The text for a reader; the other language when theirs is empty."""
        return (self.en or self.it) if language == "en" else (self.it or self.en)


class Specialty(Struct, frozen=True):
    """A field of medicine that patients are booked for."""

    id: str
    name: Words


class Practitioner(Struct, frozen=True):
    """A person who sees patients; `id` is the id of the FHIR Practitioner."""

    id: str
    name: str


class Location(Struct, frozen=True):
    """A site; without a position distances are not told, without a zone it keeps the clinic's."""

    id: str
    name: str
    town: str
    postal_code: str = ""
    address: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    zone: str = "Europe/Rome"
    country: str = "IT"
    holidays: str = ""  # such as "IT" or "IT-BZ": its public holidays are closed


class Resource(Struct, frozen=True):
    """A room or a device that a visit needs beside its practitioner; `kind` is "room" or "device"."""

    id: str
    name: str
    location: str
    kind: str = "room"


class Service(Struct, frozen=True):
    """An appointment type; `minutes` is what a slot must at least last."""

    id: str
    specialty: str
    name: Words
    minutes: int
    channels: tuple[Channel, ...] = (Channel.IN_PERSON,)
    preparation: Words | None = None
    referral_required: bool = False
    not_by_phone: bool = False
    kind: str = "visit"  # or "exam"
    limits: dict[str, int] = {}  # days by priority class, where they are not those of the national plan


class Role(Struct, frozen=True):
    """A practitioner at a site for a specialty: who can really be booked; no services means all of the specialty."""

    id: str
    practitioner: str
    specialty: str
    location: str
    services: tuple[str, ...] = ()


class Hours(Struct, frozen=True):
    """Open from `begins` to `ends`, wall time of the site, on a weekday (0 is Monday) of a week of the cycle."""

    weekday: int
    begins: time
    ends: time
    week: int = 0


class WeeklyTemplate(Struct, frozen=True):
    """The working week of a role (a FHIR Schedule), cut into slots of `minutes`; no services means all of the role.

    `before` and `after` are minutes that are kept around every slot and not shown; `seats` patients share one time;
    `resources` are the rooms and devices every visit needs. With a `cycle` of n, n different weeks follow each other,
    counted from the week of `valid_from` (from the first week of the ISO calendar's era without it).
    """

    id: str
    role: str
    minutes: int
    hours: tuple[Hours, ...]
    services: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    before: int = 0
    after: int = 0
    seats: int = 1
    resources: tuple[str, ...] = ()
    cycle: int = 1
    weeks_ahead: int = 8
    name: str = ""


class SpecialDay(Struct, frozen=True):
    """A date on which a schedule is unlike its template, holidays included; without hours it is closed."""

    on: date
    hours: tuple[tuple[time, time], ...] = ()
    note: str = ""


class PostalCode(Struct, frozen=True):
    """Where a postal code lies; filled by the operator, never shipped."""

    code: str
    town: str
    latitude: float
    longitude: float
    country: str = "IT"


class Calendar(Struct, frozen=True):
    """A whole hospital's offer."""

    specialties: tuple[Specialty, ...] = ()
    practitioners: tuple[Practitioner, ...] = ()
    locations: tuple[Location, ...] = ()
    resources: tuple[Resource, ...] = ()
    services: tuple[Service, ...] = ()
    roles: tuple[Role, ...] = ()
    templates: tuple[WeeklyTemplate, ...] = ()
    postal_codes: tuple[PostalCode, ...] = ()
