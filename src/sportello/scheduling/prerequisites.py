"""What must be booked or done before a type of appointment, and from which day on a patient has it."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.codes import AppointmentStatus as Status
from sportello.scheduling.codes import Channel
from sportello.scheduling.days import day_of
from sportello.scheduling.events import AppointmentAttended, AppointmentCancelled, AppointmentMoved
from sportello.scheduling.store import appointments, wishes
from sportello.scheduling.store import prerequisites as store
from sportello.scheduling.store.prerequisites import Need

REMEMBERED = timedelta(days=366)  # what was done longer ago counts no more
MISSING = N_("Something else must be booked or done first: see what this type needs.")
TOO_EARLY = N_("This time is too early: what must be done before it is later, or not so many days earlier.")


class NotYet(Exception):
    """What must come before is missing, or too near; the message id says which."""


class Met(Struct, frozen=True):
    """A need, and the first day on which it is met, by the clock of the place; None while nothing meets it."""

    need: Need
    since: date | None
    ends: datetime | None = None  # when what meets it is over


class First(Struct, frozen=True):
    """The first day that will do, and the moment at which all that must come before is over."""

    day: date
    moment: datetime


class When(Struct, frozen=True):
    """The time of a visit: its moment, the zone of its place, and how people meet."""

    starts: datetime
    wall: str
    channel: Channel | None


async def of_patient(house: House, tx: Transaction, patient: str, service: str) -> list[Met]:
    """What this type needs, and how far the patient has it."""
    zone, since = house.settings.clinic.zone, house.clock.now() - REMEMBERED
    found = []
    for need in await store.of_service(tx, service):
        day, ends = await store.first_end(tx, patient, need, since, zone)
        found.append(Met(need, day + timedelta(days=need.days) if day else None, ends))
    return found


async def earliest(house: House, tx: Transaction, patient: str, service: str) -> First | None:
    """From when on a visit of this type may be; None when it needs nothing, or what it needs is missing."""
    known = [(met.since, met.ends) for met in await of_patient(house, tx, patient, service) if met.since and met.ends]
    return First(max(day for day, _ in known), max(ends for _, ends in known)) if known else None


async def missing(house: House, tx: Transaction, patient: str, service: str) -> bool:
    """Whether something that must come first is neither booked nor done."""
    return any(met.since is None for met in await of_patient(house, tx, patient, service))


async def look_again(
    house: House, tx: Transaction, event: AppointmentCancelled | AppointmentMoved | AppointmentAttended
) -> None:
    """What needed a visit that was cancelled, moved, or not come to becomes a conflict, unless it is in order all the
    same; one that is in order again is none any more. Who came is no news until they were seen."""
    if isinstance(event, AppointmentAttended) and event.status not in (Status.NO_SHOW, Status.FULFILLED):
        return
    changed = await appointments.read(tx, event.appointment)
    if changed is None or not changed.service:
        return
    now = house.clock.now()
    for one in await store.needing(tx, event.patient, changed.service, now):
        visit = await appointments.read(tx, one)
        if visit is None or not visit.service or visit.starts is None:
            continue
        try:
            await keep_order(house, tx, visit.patient, visit.service, When(visit.starts, visit.wall, visit.channel),
                             about=changed.service)  # fmt: skip
        except NotYet as refusal:
            await wishes.put(tx, visit.id, "prerequisite", None, str(refusal), now)  # a message id, for any reader
        else:
            await wishes.settle_about(tx, visit.id, "order")


async def keep_order(
    house: House, tx: Transaction, patient: str, service: str, when: When, *, standing: bool = False, about: str = ""
) -> None:
    """Raises NotYet when a visit at this time would come before what it needs.

    `standing`: the visit, or the wish for it, was let in already. What is missing then was had elsewhere, as staff said
    at the time; what is known here still keeps its distance. `about`: nothing else is missing, for the same reason.
    """
    known = await of_patient(house, tx, patient, service)
    if any(met.since is None and about in ("", met.need.needs) for met in known) and not standing:
        raise NotYet(MISSING)
    day = day_of(house, when.starts, when.wall, when.channel)
    if any(met.since and met.ends and (day < met.since or when.starts < met.ends) for met in known):
        raise NotYet(TOO_EARLY)
