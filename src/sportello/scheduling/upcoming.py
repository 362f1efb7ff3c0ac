"""What the portal shows: a patient's own visits to come, and the hospital's sites and specialties."""

from datetime import timedelta

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.store import appointments
from sportello.scheduling.store.public import sites, specialties

__all__ = ["own_visits", "sites", "specialties"]

_OVER = (AppointmentStatus.ENTERED_IN_ERROR, AppointmentStatus.NO_SHOW, AppointmentStatus.FULFILLED)


async def own_visits(house: House, tx: Transaction, patient: Actor) -> list[Appointment]:
    """The visits of a signed-in patient, from an hour ago on, cancelled ones too; the look is written down."""
    return await visits_for(house, tx, patient, patient.id)


async def visits_for(house: House, tx: Transaction, actor: Actor, patient: str) -> list[Appointment]:
    """The same of one for whom this person books; the caller has made sure of that."""
    assert actor.kind == "patient"
    await audit.record(house, tx, actor, "patient.read", patient=patient, entity="appointments")
    found = await appointments.of_patient(tx, patient, house.clock.now() - timedelta(hours=1))
    return [one for one in found if one.status not in _OVER]
