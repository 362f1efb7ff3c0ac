"""Tells the record of the next visit, so that the patient's header can show it."""

from datetime import datetime

from sportello.kit.database import Transaction
from sportello.record.ports import Visit
from sportello.scheduling.rules import MOVABLE
from sportello.scheduling.store import appointments


class AppointmentBook:
    """The record's `VisitsAhead`, from our own appointments."""

    async def next_visit(self, tx: Transaction, patient_id: str, moment: datetime, language: str) -> Visit | None:
        """The first visit that has not begun and still stands."""
        for one in await appointments.of_patient(tx, patient_id, moment):
            if one.starts and one.starts > moment and one.status in MOVABLE:
                title = one.service_name.in_language(language) if one.service_name else one.reason
                return Visit(one.starts, title, one.location_name, one.wall)
        return None
