"""Patients whose ids are others in the system that keeps the calendars: found there by a number that both systems have,
such as the fiscal code, and remembered for a month.
"""

from datetime import timedelta
from typing import Any

from sportello.adapters.remote_booking import store
from sportello.adapters.remote_booking.resources import resources
from sportello.adapters.remote_booking.wire import Asking
from sportello.administration.actor import SYSTEM
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.access import UnknownPatient, open_record
from sportello.record.header import FISCAL, fiscal_code
from sportello.record.ports import Away
from sportello.scheduling.booking_port import NotReached, PatientNotFound

REMEMBERED = timedelta(days=30)  # then they are looked for again: records are merged there too
NO_NUMBER = N_(
    "The patient's record lacks the number by which the system that keeps the calendars knows patients. Add it to the"
    " record, then go on: nothing of what you wrote is lost."
)
NOBODY = N_(
    "The system that keeps the calendars knows nobody with this patient's number. Have them entered there, then go on:"
    " nothing of what you wrote is lost."
)
SEVERAL = N_(
    "The system that keeps the calendars knows several patients with this patient's number. Have that put in order"
    " there, then go on: nothing of what you wrote is lost."
)


class Patients:
    """Whose id is which there, by a number of one `system`; without a system, ids are the same in both."""

    def __init__(self, house: House, system: str, ask: Asking) -> None:
        self._house, self._system, self._ask = house, system, ask

    async def theirs(self, patient: str) -> str:
        """The patient's id there; PatientNotFound says what is missing, and where."""
        if not self._system or not patient:
            return patient
        house, now = self._house, self._house.clock.now()
        known = await house.db.run(lambda tx: store.patient(tx, patient, self._system, now - REMEMBERED))
        if known:
            return known
        try:
            number = await house.db.run(lambda tx: self._number(tx, patient))
        except Away as away:
            raise NotReached("the record is away") from away
        except UnknownPatient as missing:
            raise PatientNotFound(NO_NUMBER) from missing
        if not number:
            raise PatientNotFound(NO_NUMBER)
        found = await self._found(number)
        if len(found) != 1:
            raise PatientNotFound(SEVERAL if found else NOBODY)
        await house.db.run(lambda tx: store.remember_patient(tx, patient, self._system, found[0], now))
        return found[0]

    async def _number(self, tx: Transaction, patient: str) -> str:
        _, resource, _ = await open_record(self._house, tx, SYSTEM, patient, "header")
        if self._system in FISCAL:
            return fiscal_code(resource) or ""
        return next(iter(numbers(dict(resource), (self._system,))), "")

    async def _found(self, number: str) -> list[str]:
        """Patients in use there that have it: what a server told that it passed the question over is sifted here."""
        systems = FISCAL if self._system in FISCAL else (self._system,)
        for system in systems:
            body = await self._ask.read("Patient", [("identifier", f"{system}|{number}"), ("_count", "10")])
            found = {
                str(one["id"]) for one in resources(body, "Patient")
                if one.get("id") and one.get("active") is not False and not _replaced(one)
                and number.upper() in {each.upper() for each in numbers(one, systems)}
            }  # fmt: skip
            if found:
                return sorted(found)
        return []


def numbers(patient: dict[str, Any], systems: tuple[str, ...]) -> list[str]:
    """What a record has of these systems, old ones left out."""
    told = patient.get("identifier")
    return [
        str(one.get("value", "")).strip() for one in (told if isinstance(told, list) else [])
        if isinstance(one, dict) and one.get("system") in systems and one.get("use") != "old" and one.get("value")
    ]  # fmt: skip


def _replaced(patient: dict[str, Any]) -> bool:
    links = patient.get("link")
    return any(isinstance(one, dict) and one.get("type") == "replaced-by" for one in links or [])
