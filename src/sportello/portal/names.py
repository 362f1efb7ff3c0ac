"""The patient's own name and data, as the portal greets with them; every look is written down by the record."""

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.ports import Away


async def of_patient(house: House, patient: Actor) -> str:
    """The name in the record, or nothing when the record no longer has this patient."""
    try:
        header = await house.db.run(lambda tx: reading.patient_header(house, tx, patient, patient.id))
    except (reading.UnknownPatient, Away):
        return ""
    return header.name
