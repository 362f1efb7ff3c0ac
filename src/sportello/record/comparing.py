"""Two records side by side: what each says, where they differ, and what a merge would do with it."""

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record import merging, reading
from sportello.record.access import surviving
from sportello.record.concepts import many
from sportello.record.duplicates import alike, duplicates
from sportello.record.header import Agreement, Double, PatientHeader
from sportello.record.people import name_of
from sportello.record.ports import ClinicalRecord, Resource

CODES_DIFFER = N_("The fiscal codes differ.")
BIRTHS_DIFFER = N_("The birth dates differ.")
GENDERS_DIFFER = N_("The genders differ.")
CONSENTS_DIFFER = N_("The two records hold different answers to the same consent: ask the patient again.")


class Line(Struct, frozen=True):
    """An element of which a person has one; `field` is its name, `same` when both say the same."""

    field: str
    label: str
    values: tuple[str, str]
    same: bool


class Comparison(Struct, frozen=True):
    """Both headers with their versions; `lines` are to be chosen between, `warnings` to be thought about."""

    people: tuple[PatientHeader, PatientHeader]
    versions: tuple[int, int]
    lines: tuple[Line, ...]
    contacts: tuple[tuple[str, ...], tuple[str, ...]]
    resources: tuple[int, int]
    why: tuple[str, ...]
    warnings: tuple[str, ...]
    remarks: tuple[str, ...]


async def comparison(house: House, tx: Transaction, actor: Actor, one: str, other: str) -> Comparison:
    """Holds both and reads them, which is on record; raises UnknownPatient and CannotMerge."""
    record, kept = house.port(ClinicalRecord), merging.mergeable(house)
    found = [await surviving(tx, record, each) for each in (one, other)]
    # Held before anything of them is read, so that the versions are those of what is shown; in one order whoever is on
    # the left, as a merge does: two who compare them must not wait for each other.
    held = await kept.hold_many(tx, sorted({("Patient", each["id"]) for each in found if each}))
    headers = (
        await reading.patient_header(house, tx, actor, one),
        await reading.patient_header(house, tx, actor, other),
    )
    if headers[0].id == headers[1].id:
        raise merging.CannotMerge(merging.ALREADY)
    if any(f"Patient/{header.id}" not in held for header in headers):  # merged with a third while we waited
        raise merging.CannotMerge(merging.ALREADY)
    bodies = [await record.patient(tx, header.id) or {} for header in headers]
    versions = [held[f"Patient/{header.id}"] for header in headers]
    sizes = [await kept.size(tx, header.id) for header in headers]
    return Comparison(
        headers,
        (versions[0], versions[1]),
        _lines(headers, actor.language, house),
        (_contacts(bodies[0]), _contacts(bodies[1])),
        (sizes[0], sizes[1]),
        alike(bodies[0], bodies[1]),
        tuple(_warnings(*headers)),
        (CONSENTS_DIFFER,) if _disagree(headers[0].consents, headers[1].consents) else (),
    )


async def likely(house: House, tx: Transaction, actor: Actor, patient_id: str) -> tuple[Double, ...]:
    """Who may be the same person as this patient."""
    record: ClinicalRecord = house.port(ClinicalRecord)
    patient = await record.patient(tx, patient_id)
    found = await duplicates(tx, record, [patient]) if patient else {}
    return tuple(
        Double(one.patient["id"], name_of(one.patient) or "?", tuple(translate(actor.language, why) for why in one.why))
        for one in found.get(patient_id, [])
    )


def _lines(people: tuple[PatientHeader, PatientHeader], language: str, house: House) -> tuple[Line, ...]:
    zone = house.settings.clinic.tz
    told = [
        ("name", N_("Name"), [one.name for one in people]),
        ("birthDate", N_("Birth date"), [one.born.shown_day(language, zone) if one.born else "" for one in people]),
        ("gender", N_("Gender"), [one.gender or "" for one in people]),
        ("communication", N_("Language"), [one.language_label or "" for one in people]),
        ("address", N_("Address"), [one.address or "" for one in people]),
        ("generalPractitioner", N_("Family doctor"), [one.gp.name if one.gp else "" for one in people]),
    ]
    return tuple(
        Line(field, translate(language, label), (both[0], both[1]), both[0] == both[1]) for field, label, both in told
    )


def _contacts(patient: Resource) -> tuple[str, ...]:
    return tuple(str(one["value"]) for one in many(patient.get("telecom")) if one.get("value"))


def _warnings(one: PatientHeader, other: PatientHeader) -> list[str]:
    found = []
    if one.fiscal_code and other.fiscal_code and one.fiscal_code.upper() != other.fiscal_code.upper():
        found.append(CODES_DIFFER)
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        found.append(BIRTHS_DIFFER)
    if one.gender and other.gender and one.gender != other.gender:
        found.append(GENDERS_DIFFER)
    return found


def _disagree(ours: tuple[Agreement, ...], theirs: tuple[Agreement, ...]) -> bool:
    given = {one.text: one.given for one in ours}
    return any(one.text in given and one.given is not None and given[one.text] != one.given for one in theirs)
