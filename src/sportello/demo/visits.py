"""The past visits of an invented patient, with what was found, done and prescribed at each."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.demo.hospital import Person as Practitioner
from sportello.demo.hospital import hospital, location_id
from sportello.demo.naming import Resource, concept, id_of, reference
from sportello.demo.people import Person
from sportello.demo.results import result
from sportello.demo.stories import Coded, Story
from sportello.kit.public_holidays import holidays_of

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ZONE = ZoneInfo("Europe/Rome")


class Visit(Struct, frozen=True):
    """When, where and with whom; `kind` is the encounter's class (AMB, EMER, IMP)."""

    id: str
    at: datetime
    kind: str
    encounter: Resource


def visit(
    person: Person, title: Coded, at: datetime, kind: str, doctor: Practitioner, days: int = 0, reason: str = ""
) -> Visit:
    """A finished encounter; `reason` is the id of the condition it was about."""
    name = id_of("encounter", person.key, title[1], at.isoformat())
    site = doctor.sites[0] if doctor.sites else "policlinic"
    end = at + timedelta(days=days, minutes=0 if days else 25)
    encounter: Resource = {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"system": _ACT, "code": kind},
        "type": [concept(*title)],
        "subject": reference("Patient", person.id),
        "participant": [{"individual": reference("Practitioner", doctor.id, doctor.name)}],
        "period": {"start": at.isoformat(), "end": end.isoformat()},
        "location": [{"location": reference("Location", location_id(site), hospital().sites[site][0])}],
        "serviceProvider": reference("Organization", id_of("organization"), "Ospedale San Luca"),
    }
    if reason:
        encounter["diagnosis"] = [{"condition": reference("Condition", reason)}]
    return Visit(name, at, kind, encounter)


def story_visits(
    person: Person, key: str, story: Story, doctor: Practitioner, began: date, today: date, chance: Random
) -> list[Resource]:
    """Check-ups since the story began (at most three years of them), an emergency, a stay, each with its content."""
    reason = id_of("condition", person.key, key)
    first = max(began, today - timedelta(days=1100))
    found: list[Resource] = []
    days = list(_days(first, today, 30 if key == "pregnancy" else 150, chance))
    for number, day in enumerate(days):
        one = visit(person, story.visits, _moment(day, chance), "AMB", doctor, reason=reason)
        found += [one.encounter, *_content(person, story, one, doctor, number, chance)]
    if story.urgent and days:
        day = days[len(days) // 2] - timedelta(days=20)
        one = visit(person, story.urgent, _moment(day, chance, late=True), "EMER", doctor, reason=reason)
        found += [one.encounter, *_content(person, story, one, doctor, 2, chance)]
    if story.stay and len(days) > 1:
        day = days[-1] - timedelta(days=60)
        one = visit(person, story.stay, _moment(day, chance), "IMP", doctor, days=chance.randint(3, 9), reason=reason)
        found += [one.encounter, *_content(person, story, one, doctor, 1, chance)]
    return found


def check_ups(person: Person, doctor: Practitioner, today: date, chance: Random) -> list[Resource]:
    """The family doctor once a year, with weight and pressure."""
    title = ("Visita del medico di famiglia", "Family doctor's visit", "185349003")
    found: list[Resource] = []
    for year in range(1, 4):
        day = _working_day(today - timedelta(days=365 * year - chance.randint(20, 200)))
        if day <= person.born + timedelta(days=30):
            continue
        one = visit(person, title, _moment(day, chance), "AMB", doctor)
        results = (result(person, name, one.at, one.id, chance) for name in ("blood-pressure", "weight", "pulse"))
        found += [one.encounter, *(each for each in results if each)]
    return found


def _content(
    person: Person, story: Story, one: Visit, doctor: Practitioner, number: int, chance: Random
) -> list[Resource]:
    """Results at every visit, a procedure at every second, prescriptions at the first (number 0)."""
    found = [told for name in story.results if (told := result(person, name, one.at, one.id, chance))]
    if story.procedures and number % 2 == 0:
        it, en, code = story.procedures[number // 2 % len(story.procedures)]
        found.append(_of(one, person, doctor, "Procedure", en) | {
            "status": "completed", "code": concept(it, en, code), "performedDateTime": one.at.isoformat(),
            "performer": [{"actor": reference("Practitioner", doctor.id, doctor.name)}],
        })  # fmt: skip
        if story.report:
            found.append(_of(one, person, doctor, "DiagnosticReport", en) | {
                "status": "final", "code": concept(it, en, code), "effectiveDateTime": one.at.isoformat(),
                "conclusion": story.report[0], "performer": [reference("Practitioner", doctor.id, doctor.name)],
            })  # fmt: skip
    if number == 0:
        for it, en, dose, dose_en in story.medicines:
            found.append(_of(one, person, doctor, "MedicationRequest", en) | {
                "status": "active", "intent": "order", "medicationCodeableConcept": concept(it, en),
                "authoredOn": one.at.isoformat(), "requester": reference("Practitioner", doctor.id, doctor.name),
                "dosageInstruction": [{"text": dose, "patientInstruction": dose_en}],
            })  # fmt: skip
    return found


def _of(one: Visit, person: Person, doctor: Practitioner, kind: str, name: str) -> Resource:
    return {
        "resourceType": kind,
        "id": id_of(kind, one.id, name),
        "subject": reference("Patient", person.id),
        "encounter": reference("Encounter", one.id),
    }


def _days(first: date, today: date, apart: int, chance: Random) -> Iterator[date]:
    day = first + timedelta(days=chance.randint(3, 20))
    while day < today - timedelta(days=6):
        yield _working_day(day)
        day += timedelta(days=round(apart * chance.uniform(0.7, 1.4)))


def _working_day(day: date) -> date:
    while day.weekday() > 4 or day in holidays_of("IT", day.year):
        day -= timedelta(days=1)
    return day


def _moment(day: date, chance: Random, *, late: bool = False) -> datetime:
    hour = chance.choice((1, 2, 22, 23)) if late else chance.randint(8, 16)
    return datetime.combine(day, time(hour, chance.choice((0, 15, 30, 45))), tzinfo=_ZONE)
