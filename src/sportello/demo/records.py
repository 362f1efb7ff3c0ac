"""The records of the invented patients as FHIR R4 bundles, the same for the same day at every call."""

from datetime import date, timedelta
from random import Random
from typing import Any

from sportello.demo.hospital import PHONE, hospital, location_id
from sportello.demo.hospital import Person as Practitioner
from sportello.demo.naming import Resource, both, concept, dice, id_of, reference
from sportello.demo.people import Person, patient
from sportello.demo.plans import care_plan, care_team
from sportello.demo.stories import Story, stories
from sportello.demo.visits import check_ups, story_visits

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_COMMON_ALLERGIES = [
    ("Penicillina", "Penicillin", "764146007", "high", ("Orticaria ed edema", "Hives and swelling")),
    ("Acido acetilsalicilico", "Aspirin", "387458008", "low", ("Broncospasmo", "Bronchospasm")),
    ("Lattice", "Latex", "111088007", "high", ("Orticaria", "Urticaria")),
    ("Polline di graminacee", "Grass pollen", "256277009", "low", ("Rinite", "Rhinitis")),
]
_VACCINES = [
    ("Vaccino antinfluenzale", "Influenza vaccine", "88", 60, 120),
    ("Vaccino antipneumococcico", "Pneumococcal vaccine", "33", 65, 120),
    ("Vaccino antitetanico", "Tetanus vaccine", "35", 18, 120),
    ("Vaccino esavalente", "Hexavalent vaccine", "146", 0, 12),
    ("Vaccino morbillo-parotite-rosolia", "Measles, mumps and rubella vaccine", "03", 1, 18),
    ("Vaccino HPV", "HPV vaccine", "165", 11, 30),
]


def house_bundle() -> Resource:
    """The hospital itself: organisation, sites and everybody who treats."""
    told = hospital()
    organisation = {
        "resourceType": "Organization", "id": id_of("organization"), "active": True, "name": "Ospedale San Luca",
        "telecom": [{"system": "phone", "value": PHONE}],
    }  # fmt: skip
    sites = [
        {
            "resourceType": "Location", "id": location_id(key), "status": "active", "name": name,
            "telecom": [{"system": "phone", "value": PHONE}],
            "address": {"line": [street], "city": town, "postalCode": code, "country": "IT"},
            "position": {"latitude": latitude, "longitude": longitude},
            "managingOrganization": reference("Organization", id_of("organization")),
        }
        for key, (name, town, code, street, latitude, longitude) in told.sites.items()
    ]  # fmt: skip
    people = [*told.practitioners, *told.others]
    return _bundle([organisation, *sites, *map(_practitioner, people), *map(_role, people)])


def record_bundle(person: Person, number: int, today: date) -> Resource:
    """Everything the record holds about one patient."""
    chance = dice("record", person.key)
    family_doctor = _family_doctor(person, number, today)
    resources: list[Resource] = [patient(person, number, family_doctor.id)]
    specialists: list[Practitioner] = []
    for key in person.stories:
        story = stories()[key]
        doctor = chance.choice(hospital().of_specialty(story.specialty)) if story.specialty else family_doctor
        if doctor is not family_doctor and doctor not in specialists:
            specialists.append(doctor)
        began = _began(person, key, story, today, chance)
        resources.append(_condition(person, key, story, began))
        resources += story_visits(person, key, story, doctor, began, today, chance)
        resources += care_plan(person, key, story, doctor, today, began)
        if story.flag:
            resources.append(_flag(person, key, story.flag, began))
    resources += check_ups(person, family_doctor, today, chance)
    resources += [*_allergies(person, chance), *_vaccinations(person, today, chance)]
    resources.append(care_team(person, family_doctor, specialists, today))
    return _bundle(list({(one["resourceType"], one["id"]): one for one in resources}.values()))


def _bundle(resources: list[Resource]) -> Resource:
    entries = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one,
         "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in resources
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _practitioner(one: Practitioner) -> Resource:
    name = {"family": one.family, "given": [one.given]} | ({"prefix": [one.prefix]} if one.prefix else {})
    telecom = [
        {"system": "phone", "value": f"0532 000 {200 + dice('phone', one.key).randrange(700)}", "use": "work"},
        {"system": "email", "value": one.email, "use": "work"},
    ]
    return {"resourceType": "Practitioner", "id": one.id, "active": True, "name": [name], "telecom": telecom}


def _role(one: Practitioner) -> Resource:
    words = hospital().specialties.get(one.specialty) or one.role
    return {
        "resourceType": "PractitionerRole", "id": id_of("fhir-role", one.key), "active": True,
        "practitioner": reference("Practitioner", one.id, one.name),
        "organization": reference("Organization", id_of("organization"), "Ospedale San Luca"),
        "specialty": [concept(*words)],
        "location": [reference("Location", location_id(site)) for site in one.sites],
    }  # fmt: skip


def _family_doctor(person: Person, number: int, today: date) -> Practitioner:
    if person.age(today) < 14:
        return hospital().person("nardi")
    return hospital().person(("pavan", "tassi")[number % 2])


def _began(person: Person, key: str, story: Story, today: date, chance: Random) -> date:
    if key == "pregnancy":
        return today - timedelta(days=chance.randint(100, 210))
    least, most = story.since
    days = chance.randint(least * 365 + 40, most * 365 + 60)
    return max(person.born + timedelta(days=200), today - timedelta(days=days))


def _condition(person: Person, key: str, story: Story, began: date) -> Resource:
    return {
        "resourceType": "Condition",
        "id": id_of("condition", person.key, key),
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFIED, "code": "confirmed"}]},
        "code": concept(*story.condition),
        "subject": reference("Patient", person.id),
        "onsetDateTime": began.isoformat(),
        "recordedDate": began.isoformat(),
    }


def _flag(person: Person, key: str, words: tuple[str, str], since: date) -> Resource:
    return {
        "resourceType": "Flag", "id": id_of("flag", person.key, key), "status": "active",
        "category": [concept("Clinico", "Clinical", "clinical", "http://terminology.hl7.org/CodeSystem/flag-category")],
        "code": both(*words), "subject": reference("Patient", person.id), "period": {"start": since.isoformat()},
    }  # fmt: skip


def _allergies(person: Person, chance: Random) -> list[Resource]:
    found = [story.allergy for key in person.stories if (story := stories()[key]).allergy]
    if person.key == "giulia.ferri":
        found.append(_COMMON_ALLERGIES[0])
    elif chance.random() < 0.3:
        found.append(chance.choice(_COMMON_ALLERGIES))
    base: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"system": _ALLERGY, "code": "active"}]},
        "patient": reference("Patient", person.id),
    }
    if not found:
        nothing = concept("Nessuna allergia nota", "No known allergy", "716186003")
        return [base | {"id": id_of("allergy", person.key, "none"), "code": nothing}]
    return [
        base | {
            "id": id_of("allergy", person.key, en), "code": concept(it, en, code), "criticality": criticality,
            "reaction": [{"manifestation": [both(*reaction)]}],
        }
        for it, en, code, criticality, reaction in filter(None, found)
    ]  # fmt: skip


def _vaccinations(person: Person, today: date, chance: Random) -> list[Resource]:
    age = person.age(today)
    found = []
    for it, en, code, least, most in _VACCINES:
        if not least <= age <= most or chance.random() < 0.25:
            continue
        given = today - timedelta(days=chance.randint(60, 700))
        given = max(given, person.born + timedelta(days=90))
        found.append({
            "resourceType": "Immunization", "id": id_of("vaccine", person.key, code), "status": "completed",
            "vaccineCode": concept(it, en, code, "http://hl7.org/fhir/sid/cvx"),
            "patient": reference("Patient", person.id), "occurrenceDateTime": given.isoformat(), "primarySource": True,
        })  # fmt: skip
    return found
