"""Names of patients where many stand together, such as a calendar; each reader's first look at one is written down."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record.people import name_of
from sportello.record.ports import ClinicalRecord

AGAIN = timedelta(hours=1)


class Looks:
    """Who saw whose name lately in this process: a table that refreshes itself is one look, not a hundred."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], datetime] = {}

    def new(self, reader: str, patients: Collection[str], now: datetime) -> list[str]:
        """Those whom the reader has not seen within the hour; from now on they have."""
        if len(self._seen) > 50_000:
            self._seen = {key: at for key, at in self._seen.items() if at > now - AGAIN}
        fresh = [one for one in patients if self._seen.get((reader, one), now - 2 * AGAIN) < now - AGAIN]
        self._seen |= {(reader, one): now for one in fresh}
        return fresh


async def names(house: House, tx: Transaction, actor: Actor, patients: Collection[str], where: str) -> dict[str, str]:
    """The names of these patients, by id; none for a reader without the right, and unknown ones are left out."""
    if not patients or (actor.kind == "staff" and not actor.may(Permission.PATIENT_READ)):
        return {}
    record: ClinicalRecord = house.port(ClinicalRecord)
    found = await record.pointed_to(tx, [f"Patient/{one}" for one in sorted(patients)])
    looks: Looks = house.ports.setdefault(Looks, Looks())
    for patient in looks.new(actor.id, sorted(patients), house.clock.now()):
        await audit.record(house, tx, actor, "patient.read", patient=patient, entity=where)
    return {reference.partition("/")[2]: name_of(one) or "?" for reference, one in found.items()}
