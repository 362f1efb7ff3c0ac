"""Care plans with goals and activities, and the team that carries them, for the invented patients."""

from datetime import date, timedelta

from sportello.demo.hospital import Person as Practitioner
from sportello.demo.hospital import hospital
from sportello.demo.naming import Resource, both, concept, id_of, reference
from sportello.demo.people import Person
from sportello.demo.stories import Goal, Story

_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_SPECIALIST = {
    "cardiology": ("Cardiologo", "Cardiologist", "17561000"),
    "dermatology": ("Dermatologo", "Dermatologist", "18803008"),
    "orthopaedics": ("Ortopedico", "Orthopaedic surgeon", "22731001"),
    "gynaecology": ("Ginecologo", "Gynaecologist", "83685006"),
    "diabetology": ("Diabetologo", "Diabetologist", "61894003"),
    "ophthalmology": ("Oculista", "Ophthalmologist", "422234006"),
}


def care_plan(person: Person, key: str, story: Story, doctor: Practitioner, today: date, began: date) -> list[Resource]:
    """The plan of one story with its goals; it began at most a year ago."""
    if story.plan is None:
        return []
    start = max(began, today - timedelta(days=300))
    goals = [_goal(person, key, number, one, today) for number, one in enumerate(story.plan.goals)]
    plan = {
        "resourceType": "CarePlan",
        "id": id_of("plan", person.key, key),
        "status": "active",
        "intent": "plan",
        "category": [concept(*story.plan.title)],
        "subject": reference("Patient", person.id),
        "period": {"start": start.isoformat()},
        "author": reference("Practitioner", doctor.id, doctor.name),
        "careTeam": [reference("CareTeam", id_of("team", person.key))],
        "addresses": [reference("Condition", id_of("condition", person.key, key))],
        "goal": [reference("Goal", goal["id"]) for goal in goals],
        "activity": [
            {
                "detail": {
                    "code": concept(it, en),
                    "status": status,
                    "performer": [reference("Practitioner", doctor.id, doctor.name)],
                }
            }
            for it, en, status in story.plan.activities
        ],
    }
    return [*goals, plan]


def _goal(person: Person, key: str, number: int, goal: Goal, today: date) -> Resource:
    target: dict[str, object] = {"dueDate": (today + timedelta(days=30 * goal.months)).isoformat()}
    if goal.measure and goal.high is not None:
        target["measure"] = both(*goal.measure)
        target["detailQuantity"] = {"value": goal.high, "unit": goal.unit, "comparator": "<"}
    return {
        "resourceType": "Goal",
        "id": id_of("goal", person.key, key, number),
        "lifecycleStatus": "completed" if goal.state == "achieved" else "active",
        "achievementStatus": {"coding": [{"system": _ACHIEVEMENT, "code": goal.state}]},
        "description": both(*goal.words),
        "subject": reference("Patient", person.id),
        "startDate": (today - timedelta(days=120)).isoformat(),
        "target": [target],
    }


def care_team(person: Person, family_doctor: Practitioner, specialists: list[Practitioner], today: date) -> Resource:
    """Family doctor first, then the specialists, and the community nurse for whoever has a plan or many years."""
    members = [(family_doctor, (*family_doctor.role, family_doctor.code))]
    members += [(one, _SPECIALIST[one.specialty]) for one in specialists]
    if len(specialists) > 1 or person.age(today) > 70:
        nurse = hospital().person("lodi")
        members.append((nurse, (*nurse.role, nurse.code)))
    return {
        "resourceType": "CareTeam",
        "id": id_of("team", person.key),
        "status": "active",
        "name": f"Équipe di {person.name}",
        "subject": reference("Patient", person.id),
        "period": {"start": (today - timedelta(days=700)).isoformat()},
        "participant": [
            {
                "role": [concept(*role)],
                "member": reference("Practitioner", who.id, who.name),
                "onBehalfOf": reference("Organization", id_of("organization"), "Ospedale San Luca"),
            }
            for who, role in members
        ],
    }
