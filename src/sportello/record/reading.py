"""The only way to a patient's data: each function decides what the reader may see and leaves an audit event."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.fhir.labels import SENSITIVE
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import header as headers
from sportello.record import plan as plans_of
from sportello.record import team as teams
from sportello.record import timeline as timelines
from sportello.record import unlocking
from sportello.record.concepts import many, mapping, string
from sportello.record.dates import period
from sportello.record.finding import words_of
from sportello.record.header import LastVisit, PatientHeader, PatientSummary
from sportello.record.items import Reader, item, moment
from sportello.record.plan import Plan
from sportello.record.ports import ClinicalRecord, Place, Resource, Sought, Visit, VisitsAhead
from sportello.record.rules import facets, read_cursor
from sportello.record.team import Team
from sportello.record.timeline import Timeline

PAGE = 20
FOUND = 20


class UnknownPatient(Exception):
    """There is no patient of this id, or none that this reader may know of."""


class NotAllowed(Exception):
    """The reader has no permission for this patient's data."""


class Filter(Struct, frozen=True):
    """What of the timeline is asked for; empty means all."""

    categories: Sequence[str] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def patient_header(house: House, tx: Transaction, actor: Actor, patient_id: str) -> PatientHeader:
    """The fixed strip: who it is, allergies, flags, family doctor, last and next visit."""
    record, patient, hidden = await _opened(house, tx, actor, patient_id, "header")
    now = house.clock.now()
    warnings = await record.of_patient(tx, patient_id, ("AllergyIntolerance", "Flag", "Consent"), hidden=hidden)
    last = await record.last_visit(tx, patient_id, now, hidden=hidden)
    wanted = {str(one.get("reference")) for one in many(patient.get("generalPractitioner"))}
    wanted |= timelines.pointers([last]) if last else set()
    reader = await _reader(house, tx, actor, record, wanted)
    ahead = await _next_visit(house, tx, record, patient_id, actor, now, hidden)
    return headers.header(patient, warnings, reader, now, last=_last_visit(last, reader), ahead=ahead)


async def timeline(
    house: House,
    tx: Transaction,
    actor: Actor,
    patient_id: str,
    before: str | None = None,
    categories: Sequence[str] | None = None,
    text: str | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = PAGE,
) -> Timeline:
    """A page of the timeline, newest first; `before` is the cursor of the page before it."""
    record, _, hidden = await _opened(house, tx, actor, patient_id, "timeline")
    sought = Sought(facets(categories), words_of(text or ""), since, until, hidden)
    cursor = read_cursor(before)
    page = await record.page(tx, patient_id, sought, before=Place(*cursor) if cursor else None, limit=limit)
    reader = await _reader(house, tx, actor, record, timelines.pointers(one for one, _ in page.resources))
    return timelines.timeline(page, reader, house.clock.now())


async def care_plans(house: House, tx: Transaction, actor: Actor, patient_id: str) -> tuple[Plan, ...]:
    """All care plans, those under way first."""
    record, _, hidden = await _opened(house, tx, actor, patient_id, "plan")
    found = await record.of_patient(tx, patient_id, ("CarePlan",), hidden=hidden)
    reader = await _reader(house, tx, actor, record, plans_of.addressed(found))
    return plans_of.plans(found, reader, house.clock.now())


async def care_team(house: House, tx: Transaction, actor: Actor, patient_id: str) -> Team:
    """Who cares for the patient; with what is known without a care team when there is none."""
    record, patient, hidden = await _opened(house, tx, actor, patient_id, "team")
    found = await record.of_patient(tx, patient_id, ("CareTeam", "Encounter"), hidden=hidden)
    listed = [one for one in found if one["resourceType"] == "CareTeam"]
    visits = [one for one in found if one["resourceType"] == "Encounter"]
    reader = await _reader(house, tx, actor, record, teams.pointers(patient, listed, visits))
    return teams.team(patient, listed, visits, reader, house.clock.now())


async def find_patients(house: House, tx: Transaction, actor: Actor, text: str) -> list[PatientSummary]:
    """Patients by words of the name in any order, fiscal code, birth date or telephone; at most twenty."""
    if not _may_read(actor):
        raise NotAllowed
    words = words_of(text, people=True)
    record: ClinicalRecord = house.port(ClinicalRecord)
    found = await record.find_patients(tx, words, hidden=(), limit=FOUND) if words else []
    ids = [one["id"] for one in found]
    await audit.record(house, tx, actor, "patient.search", detail={"found": len(ids), "patients": ids})
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return [headers.summary(one, actor.language, today) for one in found]


async def _opened(
    house: House, tx: Transaction, actor: Actor, patient_id: str, part: str
) -> tuple[ClinicalRecord, Resource, Sequence[str]]:
    """The record at this patient and the labels hidden from the reader, after the permission is checked and the look
    is written down, with its reason where the glass is broken.
    """
    if not _may_read(actor, patient_id):
        raise NotAllowed
    record: ClinicalRecord = house.port(ClinicalRecord)
    patient = await record.patient(tx, patient_id) if ID.fullmatch(patient_id) else None
    if patient is None:
        raise UnknownPatient
    opened = await unlocking.opening(house, tx, actor, patient_id)
    detail = {"reason": opened.reason} if opened else None
    await audit.record(house, tx, actor, "patient.read", patient=patient_id, entity=part, detail=detail)
    return record, patient, () if opened else _hidden(actor)


def _may_read(actor: Actor, patient_id: str | None = None) -> bool:
    """Staff by permission, a patient their own data, the house's own doings (bot, system) always."""
    if actor.kind == "patient":
        return actor.id == patient_id
    return actor.kind != "staff" or actor.may(Permission.PATIENT_READ)


def _hidden(actor: Actor) -> Sequence[str]:
    """Security labels whose items this reader is not shown, nor told of."""
    sees = actor.kind == "patient" or actor.may(Permission.PATIENT_READ_SENSITIVE)
    return () if sees else tuple(SENSITIVE)


async def _reader(
    house: House, tx: Transaction, actor: Actor, record: ClinicalRecord, references: Iterable[str]
) -> Reader:
    """The reader with all that is pointed to; behind a role also its practitioner and organisation."""
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
    return Reader(actor.language, house.settings.clinic.tz, found)


def _last_visit(encounter: Resource | None, reader: Reader) -> LastVisit | None:
    if not encounter or not (start := period(encounter.get("period"))[0]):
        return None
    card = timelines.visit(encounter, (), reader, start.at)
    return LastVisit(start, card.title or None, card.place)


async def _next_visit(
    house: House, tx: Transaction, record: ClinicalRecord, patient_id: str, actor: Actor, now: datetime,
    hidden: Sequence[str],
) -> Visit | None:  # fmt: skip
    """From the appointment book when there is one, else from appointments that the record holds."""
    if VisitsAhead in house.ports:
        book: VisitsAhead = house.port(VisitsAhead)
        return await book.next_visit(tx, patient_id, now, actor.language)
    ahead = []
    for one in await record.of_patient(tx, patient_id, ("Appointment",), hidden=hidden):
        start = moment(one)
        if start and start.at > now and one.get("status") in ("booked", "pending"):
            reader = await _reader(house, tx, actor, record, timelines.pointers([one]))
            told = item(one, "visits", reader)
            ahead.append(Visit(start.at, told.title, told.detail))
    return min(ahead, key=lambda visit: visit.at, default=None)
