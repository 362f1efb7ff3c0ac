"""Appointments for the rooms above: what a letter, a bot or a report may know of a booking."""

from datetime import datetime
from uuid import UUID

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.calendar import Service
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.store import appointments, openings, public, slots, waiting


async def appointment(tx: Transaction, appointment_id: UUID) -> Appointment | None:
    """The booking with its names; whoever shows it to a person writes the audit event."""
    return await appointments.read(tx, appointment_id)


async def ahead(tx: Transaction, now: datetime, after: UUID, at_most: int) -> list[Appointment]:
    """Visits to come that stand, by id behind `after`."""
    return await appointments.ahead(tx, now, after, at_most)


async def unattended(tx: Transaction, since: datetime, until: datetime) -> list[Appointment]:
    """Visits that ended in this time and of whose patient nothing was said."""
    return await appointments.unattended(tx, since, until)


async def services(tx: Transaction) -> list[Service]:
    """All types of appointment in use."""
    return await public.services(tx)


async def names_of_care(tx: Transaction) -> list[str]:
    """The names of specialties and types of appointment in both languages: what ails somebody can be read from them."""
    named = [name for names in await public.specialties(tx) for name in names.values()]
    return named + [text for one in await public.services(tx) for text in (one.name.it, one.name.en)]


async def told_of(tx: Transaction, known: UUID) -> Appointment | None:
    """The booking, or a wish that is offered a time, as a visit of status `waitlist` at that time."""
    if found := await appointments.read(tx, known):
        return found
    one, offer = await waiting.read(tx, known), await openings.offer_of(tx, known)
    if one is None or offer is None:
        return None
    (slot,) = await slots.whole(tx, [offer.slot])
    return Appointment(
        id=one.id, status=AppointmentStatus.WAITLIST, patient=one.patient, practitioner=slot.practitioner,
        practitioner_name=slot.practitioner_name, service=one.service, service_name=one.service_name,
        location=slot.location, location_name=slot.location_name, town=slot.town, channel=one.channel, slot=slot.id,
        starts=slot.starts, ends=slot.ends, reason=one.reason, zone=slot.wall, alone=slot.alone,
    )  # fmt: skip
