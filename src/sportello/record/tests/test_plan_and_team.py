"""Plan and team, from complete data to hardly any."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.plan import Plan
from sportello.record.team import Team
from sportello.record.tests.cast import ELENA, GIULIA, PEOPLE, admit, of, visit

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(house: House) -> None:
    house.clock = FixedClock(NOW)


async def plans(house: House) -> tuple[Plan, ...]:
    async with house.db.transaction() as tx:
        return await reading.care_plans(house, tx, ELENA, GIULIA)


async def team(house: House) -> Team:
    async with house.db.transaction() as tx:
        return await reading.care_team(house, tx, ELENA, GIULIA)


def a_plan(name: str = "piano", **fields: Any) -> dict[str, Any]:
    return of("CarePlan", name, **{"status": "active", "intent": "plan", **fields})


async def test_a_full_plan(house: House) -> None:
    goal = of(
        "Goal", "glicata", lifecycleStatus="active", description={"text": "Glicata sotto 7"},
        achievementStatus={"coding": [{"code": "improving"}]},
        target=[{"measure": {"text": "HbA1c"}, "detailQuantity": {"value": 7, "unit": "%", "comparator": "<"},
                 "dueDate": "2026-05-01"}],
    )  # fmt: skip
    await admit(
        house,
        goal,
        of("Condition", "diabete", code={"text": "Diabete tipo 2"}),
        of("CareTeam", "squadra", status="active", name="Équipe diabetologica"),
        of("ServiceRequest", "fondo", status="active", intent="order", code={"text": "Fondo oculare"}),
        a_plan(
            title="Piano diabete",
            period={"start": "2026-01-10"},
            addresses=[{"reference": "Condition/diabete"}],
            goal=[{"reference": "Goal/glicata"}, {"display": "Camminare ogni giorno"}, {"reference": "Goal/missing"}],
            careTeam=[{"reference": "CareTeam/squadra"}],
            activity=[
                {"detail": {"code": {"text": "Dieta"}, "status": "in-progress", "performer": [{"display": "Giulia"}]}},
                {"detail": {"description": "Fumo", "status": "completed", "doNotPerform": True}},
                {"reference": {"reference": "ServiceRequest/fondo"}},
            ],
        ),
    )
    (plan,) = await plans(house)
    assert (plan.title, plan.status, plan.addresses, plan.team) == (
        "Piano diabete", "Attivo", ("Diabete tipo 2",), "Équipe diabetologica"
    )  # fmt: skip
    reached, walking = plan.goals
    assert (reached.text, reached.achievement, reached.tone) == ("Glicata sotto 7", "In miglioramento", "ok")
    assert (reached.target, reached.late) == ("HbA1c: < 7%", True)
    assert walking.text == "Camminare ogni giorno"
    assert [(one.text, one.status, one.done, one.avoid) for one in plan.activities] == [
        ("Dieta", "In corso", False, False),
        ("Fumo", "Completato", True, True),
        ("Fondo oculare", "Attivo", False, False),
    ]


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"category": [{"text": "Cura di sé"}]}, "Cura di sé"),
        ({"description": "Seguire la dieta"}, "Seguire la dieta"),
        ({"activity": [{"detail": {"code": {"text": "Ginnastica"}}}]}, "Ginnastica"),
        ({}, "Piano di cura"),
    ],
)
async def test_a_plan_without_a_title_is_named_by_what_there_is(
    house: House, fields: dict[str, Any], title: str
) -> None:
    await admit(house, a_plan(**fields))
    assert (await plans(house))[0].title == title


async def test_plans_under_way_stand_first(house: House) -> None:
    await admit(
        house,
        a_plan("a", status="completed", title="vecchio", period={"start": "2026-01-01"}),
        a_plan("b", title="primo", period={"start": "2020-01-01"}),
        a_plan("c", title="secondo", period={"start": "2024-01-01"}),
        a_plan("d", status="entered-in-error", title="errore"),
    )
    assert [one.title for one in await plans(house)] == ["secondo", "primo", "vecchio"]


async def test_contained_goals_and_problems_are_found(house: House) -> None:
    inside = [
        {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "description": {"text": "Dormire"}},
        {"resourceType": "Condition", "id": "c", "code": {"text": "Insonnia"}},
    ]
    await admit(house, a_plan(contained=inside, goal=[{"reference": "#g"}], addresses=[{"reference": "#c"}]))
    (plan,) = await plans(house)
    assert (plan.goals[0].text, plan.addresses) == ("Dormire", ("Insonnia",))


async def test_the_team_says_who_does_what_where_and_since_when(house: House) -> None:
    squad = of(
        "CareTeam", "squadra", status="active", name="Équipe diabetologica",
        participant=[
            {"role": [{"text": "Dietista"}], "member": {"display": "Luca Neri"}, "period": {"start": "2026-02-01"}},
            {"role": [{"text": "Medico curante"}], "member": {"reference": "PractitionerRole/bianchi-mmg"}},
            {"role": [{"text": "Infermiera"}], "member": {"display": "Rosa Gallo"}, "period": {"end": "2026-01-01"}},
            {"role": [{"text": "Paziente"}], "member": {"reference": f"Patient/{GIULIA}"}},
        ],
    )  # fmt: skip
    await admit(house, squad)
    found = await team(house)
    assert found.names == ("Équipe diabetologica",)
    doctor, dietitian = found.members
    assert (doctor.name, doctor.role, doctor.organisation, doctor.phone, doctor.primary, doctor.practitioner_id) == (
        "Dott.ssa Anna Bianchi", "Medico curante", "Ospedale San Luca", "0532 555111", True, "anna-bianchi"
    )  # fmt: skip
    assert dietitian.since is not None
    assert (dietitian.name, dietitian.primary, dietitian.since.text) == ("Luca Neri", False, "2026-02-01")
    assert [one.name for one in found.past] == ["Rosa Gallo"]
    assert not found.from_visits


async def test_without_a_team_the_family_doctor_and_those_seen_stand_in(house: House) -> None:
    other = {"resourceType": "Practitioner", "id": "ugo", "name": [{"family": "Monti", "given": ["Ugo"]}]}
    seen = [{"individual": {"reference": "Practitioner/ugo"}}]
    visits = [visit(f"v{n}", f"202{n}-01-01", "Visita", participant=seen) for n in range(3)]
    await admit(house, other, *visits)
    found = await team(house)
    assert found.from_visits
    assert [(one.name, one.role, one.primary) for one in found.members] == [
        ("Dott.ssa Anna Bianchi", "Medico di famiglia", True),
        ("Ugo Monti", "Incontrato alle visite", False),
    ]
    assert found.members[1].since is not None
    assert found.members[1].since.text == "2020-01-01"


async def test_a_team_of_the_past_does_not_count_as_a_team(house: House) -> None:
    old = of("CareTeam", "vecchia", status="inactive", participant=[{"member": {"display": "Rosa Gallo"}}])
    nobody = {key: value for key, value in PEOPLE[0].items() if key != "generalPractitioner"}
    await admit(house, nobody, old)
    found = await team(house)
    assert (found.members, [one.name for one in found.past], found.from_visits) == ((), ["Rosa Gallo"], True)
