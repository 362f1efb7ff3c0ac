"""Opening a patient's record: the permission is checked, what is hidden is known, and the look is written down."""

from collections.abc import Iterable, Sequence

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.fhir.labels import sensitive_tokens
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import unlocking
from sportello.record.concepts import mapping, string
from sportello.record.items import Reader
from sportello.record.parts import PARTS, shown_to
from sportello.record.ports import ActsFor, ClinicalRecord, Resource
from sportello.record.sensitivity import is_sensitive
from sportello.record.uniting import replaced_by

_MOST_HOPS = 8
FOR_DELEGATES = ("header", "team")


class UnknownPatient(Exception):
    """There is no patient of this id, or none that this reader may know of."""


class NotAllowed(Exception):
    """The reader has no permission for this patient's data."""


async def open_record(
    house: House, tx: Transaction, actor: Actor, patient_id: str, part: str
) -> tuple[ClinicalRecord, Resource, Sequence[str]]:
    """The record at this patient and the tokens hidden from the reader, after the permission is checked and the look
    is written down, with its reason where the glass is broken.

    The id of a record that was merged leads to the one that stands for it: the patient's own id says which it is.
    """
    if not may_read(actor, patient_id) and not await _acts_for(house, tx, actor, patient_id, part):
        raise NotAllowed
    record: ClinicalRecord = house.port(ClinicalRecord)
    patient = await surviving(tx, record, patient_id)
    if patient is None:
        raise UnknownPatient
    if part in PARTS and part not in await shown_to(tx, actor):
        raise NotAllowed
    opened = await unlocking.opening(house, tx, actor, patient["id"])
    detail = {"reason": opened.reason} if opened else None
    await audit.record(house, tx, actor, "patient.read", patient=patient["id"], entity=part, detail=detail)
    return record, patient, () if opened else await hidden_from(house, tx, actor)


async def surviving(tx: Transaction, record: ClinicalRecord, patient_id: str) -> Resource | None:
    """The patient of an id, or whoever stands for them since they were merged; None when there is nobody."""
    seen: set[str] = set()
    patient = await record.patient(tx, patient_id) if ID.fullmatch(patient_id) else None
    while patient and (other := replaced_by(patient)) and other not in seen and len(seen) < _MOST_HOPS:
        seen.add(other)
        further = await record.patient(tx, other) if ID.fullmatch(other) else None
        if further is None:  # a link into nothing leaves us where we are
            break
        patient = further
    return patient


async def _acts_for(house: House, tx: Transaction, actor: Actor, patient_id: str, part: str) -> bool:
    """Whether a person who books for the patient asks for what booking needs: who it is, and the care team."""
    ports: ActsFor | None = house.ports.get(ActsFor)
    if actor.kind != "patient" or ports is None or part not in FOR_DELEGATES:
        return False
    return await ports.may(house, tx, actor.id, patient_id)


def may_read(actor: Actor, patient_id: str | None = None) -> bool:
    """Staff by permission, a patient their own data, the house's own doings (bot, system) always."""
    if actor.kind == "patient":
        return actor.id == patient_id
    return actor.kind != "staff" or actor.may(Permission.PATIENT_READ)


async def hidden_from(house: House, tx: Transaction, actor: Actor) -> Sequence[str]:
    """Tokens of what this reader is not shown, nor told of."""
    sees = actor.kind == "patient" or actor.may(Permission.PATIENT_READ_SENSITIVE)
    return () if sees else await sensitive_tokens(house, tx)


async def reader_of(
    house: House,
    tx: Transaction,
    actor: Actor,
    record: ClinicalRecord,
    references: Iterable[str],
    hidden: Sequence[str] = (),
) -> Reader:
    """The reader with all that is pointed to and not hidden; behind a role also its practitioner and organisation."""
    found = await record.pointed_to(tx, [one for one in references if "/" in one])
    behind = {
        text
        for one in found.values()
        if one["resourceType"] == "PractitionerRole"
        for field in ("practitioner", "organization")
        if (text := string(mapping(one.get(field)).get("reference"))) and text not in found
    }
    if behind:
        found |= await record.pointed_to(tx, behind)
    concealed = frozenset(name for name, one in found.items() if is_sensitive(one, hidden)) if hidden else frozenset()
    shown = {name: one for name, one in found.items() if name not in concealed}
    return Reader(actor.language, house.settings.clinic.tz, shown, concealed=concealed)
