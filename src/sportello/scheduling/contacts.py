"""A patient's appointments, past, ahead and cancelled, as contacts of the record."""

from datetime import datetime

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record.contacts import Contact
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.store import appointments

_STATES = {
    AppointmentStatus.PENDING: N_("Waits for its link"), AppointmentStatus.ARRIVED: N_("Arrived"),
    AppointmentStatus.CHECKED_IN: N_("Checked in"), AppointmentStatus.FULFILLED: N_("Carried out"),
    AppointmentStatus.CANCELLED: N_("Cancelled"), AppointmentStatus.NO_SHOW: N_("Did not come"),
    AppointmentStatus.WAITLIST: N_("On the waiting list"),
}  # fmt: skip
TITLE = N_("Appointment")


async def contacts(
    house: House, tx: Transaction, actor: Actor, patient: str, before: datetime | None, limit: int
) -> list[Contact]:
    """For those who may read appointments; each leads to the patient's list."""
    if not (actor.may(Permission.APPOINTMENT_READ) or actor.may(Permission.APPOINTMENT_BOOK)):
        return []
    found = []
    for one in await appointments.before(tx, patient, before, limit):
        if one.starts is None or one.status is AppointmentStatus.ENTERED_IN_ERROR:
            continue
        name = one.service_name or one.specialty_name
        title = (name.in_language(actor.language) if name else one.reason) or translate(actor.language, TITLE)
        detail = " · ".join(filter(None, (one.practitioner_name, one.location_name)))
        state = translate(actor.language, _STATES[one.status]) if one.status in _STATES else ""
        url = f"/desk/scheduling/patient/{patient}/appointments"
        tab = translate(actor.language, N_("Appointments"))
        found.append(Contact(one.starts, "appointments", title, detail, state, url, tab, zone=one.wall))
    return found
