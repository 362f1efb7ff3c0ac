"""The only way to a patient's data: each function decides what the reader may see and leaves an audit event."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.labels import sensitive_tokens
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.record import header as headers
from sportello.record import plan as plans_of
from sportello.record import sources
from sportello.record import team as teams
from sportello.record import timeline as timelines
from sportello.record.access import NotAllowed as NotAllowed
from sportello.record.access import UnknownPatient as UnknownPatient
from sportello.record.access import may_read, open_record, reader_of
from sportello.record.concepts import many
from sportello.record.dates import period
from sportello.record.duplicates import Likeness, duplicates
from sportello.record.finding import words_of
from sportello.record.header import Double, LastVisit, PatientHeader, PatientSummary
from sportello.record.items import Reader, item, moment
from sportello.record.parts import VISITS, WARNINGS, shown_to
from sportello.record.people import name_of
from sportello.record.plan import Plan
from sportello.record.ports import ClinicalRecord, Place, Resource, Sought, Visit, VisitsAhead
from sportello.record.rules import facets, read_cursor
from sportello.record.sources import Source
from sportello.record.team import Team
from sportello.record.timeline import Timeline
from sportello.record.uniting import replaced_by

PAGE = 12  # cards: what three screens hold; each may fold in a dozen results
FOUND = 20


class Filter(Struct, frozen=True):
    """What of the timeline is asked for; empty means all."""

    categories: Sequence[str] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def patient_header(house: House, tx: Transaction, actor: Actor, patient_id: str) -> PatientHeader:
    """The fixed strip: who it is, allergies, flags, family doctor, last and next visit."""
    record, patient, hidden = await open_record(house, tx, actor, patient_id, "header")
    patient_id = patient["id"]
    now, shown = house.clock.now(), await shown_to(tx, actor)
    kinds = ("AllergyIntolerance", "Flag", "Consent") if WARNINGS in shown else ("Consent",)
    warnings = await record.of_patient(tx, patient_id, kinds, hidden=hidden)
    last = await record.last_visit(tx, patient_id, now, hidden=hidden) if VISITS in shown else None
    wanted = {str(one.get("reference")) for one in many(patient.get("generalPractitioner"))}
    wanted |= timelines.pointers([last]) if last else set()
    reader = await reader_of(house, tx, actor, record, wanted, hidden)
    ahead = await _next_visit(house, tx, record, patient_id, actor, now, hidden) if VISITS in shown else None
    told = headers.header(patient, warnings, reader, now, last=_last_visit(last, reader), ahead=ahead)
    return msgspec.structs.replace(told, parts=shown)


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
    record, patient, hidden = await open_record(house, tx, actor, patient_id, "timeline")
    sought = Sought(facets(categories), words_of(text or ""), since, until, hidden)
    cursor = read_cursor(before)
    page = await record.page(tx, patient["id"], sought, before=Place(*cursor) if cursor else None, limit=limit)
    reader = await reader_of(house, tx, actor, record, timelines.pointers(one for one, _ in page.resources), hidden)
    if actor.kind == "staff" and not hidden:
        reader = msgspec.structs.replace(reader, hidden=frozenset(await sensitive_tokens(house, tx)))
    return timelines.timeline(page, reader, house.clock.now())


async def care_plans(house: House, tx: Transaction, actor: Actor, patient_id: str) -> tuple[Plan, ...]:
    """All care plans, those under way first."""
    record, patient, hidden = await open_record(house, tx, actor, patient_id, "plan")
    found = await record.of_patient(tx, patient["id"], ("CarePlan",), hidden=hidden)
    reader = await reader_of(house, tx, actor, record, plans_of.addressed(found), hidden)
    return plans_of.plans(found, reader, house.clock.now())


async def care_team(house: House, tx: Transaction, actor: Actor, patient_id: str) -> Team:
    """Who cares for the patient; with what is known without a care team when there is none."""
    record, patient, hidden = await open_record(house, tx, actor, patient_id, "team")
    found = await record.of_patient(tx, patient["id"], ("CareTeam", "Encounter"), hidden=hidden)
    listed = [one for one in found if one["resourceType"] == "CareTeam"]
    visits = [one for one in found if one["resourceType"] == "Encounter"]
    reader = await reader_of(house, tx, actor, record, teams.pointers(patient, listed, visits))
    return teams.team(patient, listed, visits, reader, house.clock.now())


async def find_patients(house: House, tx: Transaction, actor: Actor, text: str) -> list[PatientSummary]:
    """Patients by words of the name in any order, fiscal code, birth date or telephone; at most twenty."""
    if not may_read(actor):
        raise NotAllowed
    words = words_of(text, people=True)
    record: ClinicalRecord = house.port(ClinicalRecord)
    found = await record.find_patients(tx, words, hidden=(), limit=2 * FOUND) if words else []
    # Who was merged is found as who stands for them, who has their names and numbers too.
    found = [one for one in found if not replaced_by(one)][:FOUND]
    same = await duplicates(tx, record, found)
    ids = [one["id"] for one in found]
    await audit.record(house, tx, actor, "patient.search", detail={"found": len(ids), "patients": ids})
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return [headers.summary(one, actor.language, today, _doubles(same.get(one["id"], ()), actor)) for one in found]


def _doubles(likely: Sequence[Likeness], actor: Actor) -> tuple[Double, ...]:
    return tuple(
        Double(one.patient["id"], name_of(one.patient) or "?", tuple(translate(actor.language, why) for why in one.why))
        for one in likely
    )


async def standing(house: House, tx: Transaction, actor: Actor, patient_id: str) -> Source | None:
    """Where what was read in this transaction comes from, how old it is and what of it is missing; None for our own
    store, of which there is nothing to say.
    """
    record: ClinicalRecord = house.port(ClinicalRecord)
    return sources.told(await record.standing(tx, patient_id), actor.language)


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
            reader = await reader_of(house, tx, actor, record, timelines.pointers([one]), hidden)
            told = item(one, "visits", reader)
            ahead.append(Visit(start.at, told.title, told.detail))
    return min(ahead, key=lambda visit: visit.at, default=None)
