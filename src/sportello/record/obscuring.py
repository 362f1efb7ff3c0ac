"""Obscuring one item of a record: it carries the label `restricted`, and is to others as if it were not there.

Italy's rules for the health record call it `oscuramento`; that something is obscured must not show either.
"""

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.r4 import ID, TYPES
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.record.access import hidden_from, open_record
from sportello.record.concepts import many, mapping
from sportello.record.ports import ClinicalRecord, Resource, Stale
from sportello.record.sensitivity import is_sensitive
from sportello.record.store import sensitive

LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R", "display": "restricted"}
_SPARED = frozenset({"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"})
SHORTEST, LONGEST = 10, 300
TOO_SHORT = N_("Say in a few words why: at least 10 characters, at most 300.")


class UnknownItem(Exception):
    """The record has no such item, or none that this reader may know of."""


async def item_of(
    house: House, tx: Transaction, actor: Actor, patient_id: str, kind: str, name: str
) -> tuple[ClinicalRecord, Resource, Resource, int]:
    """The record, the patient, one item of theirs and its version; the look is written down. Raises UnknownItem."""
    record, patient, hidden = await open_record(house, tx, actor, patient_id, "timeline")
    known = kind in TYPES - _SPARED and ID.fullmatch(name)
    found = (await record.pointed_to(tx, [f"{kind}/{name}"])).get(f"{kind}/{name}") if known else None
    if found is None or not _belongs(found, patient["id"]) or is_sensitive(found, hidden):
        raise UnknownItem
    return record, patient, found, await record.version(tx, kind, name)


async def obscure(
    house: House, tx: Transaction, actor: Actor, patient_id: str, kind: str, name: str, reason: str, *, lifts: bool
) -> None:
    """Sets the label, or takes it off again; a visit takes what belongs to it along. Raises UnknownItem, Stale."""
    record, patient, one, version = await item_of(house, tx, actor, patient_id, kind, name)
    listed = [(one, version)]
    if kind == "Encounter":
        inside = await record.of_patient(tx, patient["id"], sorted(TYPES - _SPARED), hidden=())
        within = [each for each in inside if _visit_of(each) == f"Encounter/{name}"]
        listed += [(each, await record.version(tx, each["resourceType"], each["id"])) for each in within]
    for each, there in listed:
        changed = _unlabelled(each) if lifts else _labelled(each)
        reference = f"{each['resourceType']}/{each['id']}"
        if changed != each:
            await record.keep(tx, changed, there, house.clock.now())
            if lifts:
                await sensitive.lift(tx, reference, reason, actor.name, house.clock.now())
            else:
                await sensitive.add_obscuring(
                    tx, uuid7(), patient["id"], reference, reason, actor.name, house.clock.now()
                )
    await telling.wake(house, tx)
    await audit.record(
        house, tx, actor, "patient.unobscured" if lifts else "patient.obscured", patient=patient["id"],
        entity=f"{kind}/{name}", detail={"reason": reason, "items": len(listed)},
    )  # fmt: skip


def is_obscured(resource: Resource) -> bool:
    """Whether it carries the label that is set here."""
    return any(one.get("code") == LABEL["code"] for one in many(mapping(resource.get("meta")).get("security")))


def clean_reason(text: str) -> str | None:
    """The reason in one line; None when it is too short to mean anything, or too long."""
    reason = " ".join(text.replace("\0", "").split())
    return reason if SHORTEST <= len(reason) <= LONGEST else None


async def still_hidden(house: House, tx: Transaction, one: Resource) -> bool:
    """Whether an item would be kept from others also without the label, by the hospital's rules."""
    nobody = Actor(kind="staff", id="", name="")
    return is_sensitive(_unlabelled(one), await hidden_from(house, tx, nobody))


def _labelled(one: Resource) -> Resource:
    if is_obscured(one):
        return one
    meta = mapping(one.get("meta"))
    return one | {"meta": meta | {"security": [*many(meta.get("security")), dict(LABEL)]}}


def _unlabelled(one: Resource) -> Resource:
    meta = mapping(one.get("meta"))
    left = [each for each in many(meta.get("security")) if each.get("code") != LABEL["code"]]
    rest = {key: value for key, value in meta.items() if key != "security"} | ({"security": left} if left else {})
    return {key: value for key, value in one.items() if key != "meta"} | ({"meta": rest} if rest else {})


def _belongs(one: Resource, patient_id: str) -> bool:
    subjects = [one.get("subject"), one.get("patient"), one.get("for"), one.get("beneficiary")]
    actors = [part.get("actor") for part in many(one.get("participant"))]
    return any(mapping(each).get("reference") == f"Patient/{patient_id}" for each in (*subjects, *actors))


def _visit_of(one: Resource) -> str | None:
    for each in (*many(one.get("encounter")), *many(one.get("context"))):
        for reference in (each, *many(each.get("encounter"))):
            if isinstance(text := reference.get("reference"), str) and text.startswith("Encounter/"):
                return text.partition("/_history/")[0]
    return None


__all__ = ["LONGEST", "TOO_SHORT", "Stale", "UnknownItem", "clean_reason", "is_obscured", "item_of", "obscure"]
