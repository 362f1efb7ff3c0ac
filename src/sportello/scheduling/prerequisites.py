"""What must be booked or done before a type of appointment, and from which day on a patient has it."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.scheduling.events import AppointmentCancelled, AppointmentMoved
from sportello.scheduling.store import appointments, wishes
from sportello.scheduling.store import prerequisites as store
from sportello.scheduling.store.prerequisites import Need

REMEMBERED = timedelta(days=366)  # what was done longer ago counts no more
MISSING = N_("Something else must be booked or done first: see what this type needs.")
TOO_EARLY = N_("This time is too early: what must be done before it is later, or not so many days earlier.")


class NotYet(Exception):
    """What must come before is missing, or too near; the message id says which."""


class Met(Struct, frozen=True):
    """A need, and the first day on which it is met; None while nothing meets it."""

    need: Need
    since: date | None


async def of_patient(house: House, tx: Transaction, patient: str, service: str) -> list[Met]:
    """What this type needs, and how far the patient has it."""
    zone, since = house.settings.clinic.tz, house.clock.now() - REMEMBERED
    found = []
    for need in await store.of_service(tx, service):
        ends = await store.first_end(tx, patient, need, since)
        found.append(Met(need, ends.astimezone(zone).date() + timedelta(days=need.days) if ends else None))
    return found


async def earliest(house: House, tx: Transaction, patient: str, service: str) -> date | None:
    """The first day for a visit of this type; None when it needs nothing, or what it needs is missing."""
    days = [met.since for met in await of_patient(house, tx, patient, service) if met.since]
    return max(days) if days else None


async def missing(house: House, tx: Transaction, patient: str, service: str) -> bool:
    """Whether something that must come first is neither booked nor done."""
    return any(met.since is None for met in await of_patient(house, tx, patient, service))


async def look_again(house: House, tx: Transaction, event: AppointmentCancelled | AppointmentMoved) -> None:
    """What needed a visit that was cancelled or moved becomes a conflict, unless it is in order all the same."""
    changed = await appointments.read(tx, event.appointment)
    if changed is None or not changed.service:
        return
    now = house.clock.now()
    for one in await store.needing(tx, event.patient, changed.service, now):
        visit = await appointments.read(tx, one)
        if visit is None or not visit.service or visit.starts is None:
            continue
        try:
            await keep_order(house, tx, visit.patient, visit.service, visit.starts)
        except NotYet as refusal:
            why = translate(house.settings.clinic.languages[0], str(refusal))
            await wishes.put(tx, visit.id, "prerequisite", None, why, now)
        else:
            await wishes.settle_of(tx, visit.id, "prerequisite")


async def keep_order(
    house: House, tx: Transaction, patient: str, service: str, starts: datetime, *, standing: bool = False
) -> None:
    """Raises NotYet when a visit at this time would come before what it needs.

    `standing`: the visit, or the wish for it, was let in already. What is missing then was had elsewhere, as staff said
    at the time; what is known here still keeps its distance.
    """
    days = [met.since for met in await of_patient(house, tx, patient, service)]
    if None in days and not standing:
        raise NotYet(MISSING)
    if any(day and starts.astimezone(house.settings.clinic.tz).date() < day for day in days):
        raise NotYet(TOO_EARLY)
