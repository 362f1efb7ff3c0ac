"""The patient's own name and data, as the portal greets with them; every look is written down by the record."""

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.record import reading


async def of_patient(house: House, patient: Actor) -> str:
    """The name in the record, or nothing when the record no longer has this patient."""
    async with house.db.transaction() as tx:
        try:
            header = await reading.patient_header(house, tx, patient, patient.id)
        except reading.UnknownPatient:
            return ""
    return header.name
