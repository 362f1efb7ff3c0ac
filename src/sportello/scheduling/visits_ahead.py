"""Tells the record of the next visit, for the patient's header, and with whom of the care team one can be booked."""

from collections.abc import Collection
from datetime import datetime

from sportello.kit.database import Transaction
from sportello.record.ports import Visit
from sportello.scheduling.rules import MOVABLE
from sportello.scheduling.store import appointments, choices


class AppointmentBook:
    """The record's `VisitsAhead`, from our own appointments."""

    async def next_visit(self, tx: Transaction, patient_id: str, moment: datetime, language: str) -> Visit | None:
        """The first visit that has not begun and still stands."""
        for one in await appointments.of_patient(tx, patient_id, moment):
            if one.starts and one.starts > moment and one.status in MOVABLE:
                title = one.service_name.in_language(language) if one.service_name else one.reason
                return Visit(one.starts, title, one.location_name, one.wall)
        return None

    async def bookable(self, tx: Transaction, practitioners: Collection[str]) -> set[str]:
        """Those who have a calendar."""
        known = [one for one in practitioners if one]
        return {one.id for one in await choices.practitioners(tx, ids=known, limit=len(known))} if known else set()
