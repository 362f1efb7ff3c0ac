"""Appointments for the rooms above: what a letter, a bot or a report may know of a booking."""

from uuid import UUID

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.store import appointments


async def appointment(tx: Transaction, appointment_id: UUID) -> Appointment | None:
    """The booking with its names; whoever shows it to a person writes the audit event."""
    return await appointments.read(tx, appointment_id)
