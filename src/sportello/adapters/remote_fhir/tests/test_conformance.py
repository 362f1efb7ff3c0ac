"""What a clinical record must do, wherever it is: the same tests for our own store and for a hospital's server."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sportello.adapters.remote_fhir.tests.conftest import Connect, Hospital
from sportello.fhir import store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.ports import ClinicalRecord, Stale
from sportello.record.tests.cast import GIULIA, PAOLO, PEOPLE, RECORD, coded, of, staff

PLAN = of("CarePlan", "piano", status="active", intent="plan", title="Piano diabete",
          goal=[{"reference": "Goal/passi"}], activity=[{"detail": {"code": {"text": "Dieta"}}}])  # fmt: skip
GOAL = of("Goal", "passi", lifecycleStatus="active", description={"text": "Camminare"})
TEAM = of("CareTeam", "squadra", status="active", name="Squadra", participant=[
    {"role": [{"text": "Diabetologa"}], "member": {"reference": "Practitioner/anna-bianchi"}}])  # fmt: skip
HIV = of("Condition", "segreto", code=coded("86406008", "HIV"), recordedDate="2026-01-01", meta={"security": [
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}]})  # fmt: skip
WRONG = of("Condition", "sbaglio", code=coded("1", "Sbaglio"), verificationStatus=coded("entered-in-error", "Errore"))
NICO = {"resourceType": "Patient", "id": "nico", "name": [{"family": "D’Este", "given": ["Niccolò"]}],
        "telecom": [{"system": "phone", "value": "3337654321"}], "birthDate": "1990-07-01"}  # fmt: skip
EVERYTHING = [*PEOPLE, *RECORD, PLAN, GOAL, TEAM, HIV, WRONG, NICO]
Ask = Callable[[Callable[[Transaction], Awaitable[Any]]], Awaitable[Any]]


@pytest.fixture(params=["embedded", "remote"])
async def where(request: pytest.FixtureRequest, house: House, hospital: Hospital, connect: Connect) -> str:
    """Everything is in one of the two, and the record is chosen to be there."""
    if request.param == "remote":
        await hospital.has(*EVERYTHING)
        await connect()
    else:
        async with house.db.transaction() as tx:
            await store.put_many(tx, EVERYTHING)
    return str(request.param)


@pytest.fixture
def record(house: House) -> ClinicalRecord:
    found: ClinicalRecord = house.port(ClinicalRecord)
    return found


async def test_what_is_read(where: str, house: House) -> None:
    """Read in one go, because two houses are slow to furnish."""
    await the_header_is_whole(house)
    with pytest.raises(reading.UnknownPatient):
        await house.db.run(lambda tx: reading.patient_header(house, tx, PAOLO, "nessuno"))
    await the_timeline_goes_page_by_page_and_is_filtered(house)
    await sensitive_items_are_hidden(house)
    await plan_and_team_are_there(house)
    for typed, found in SOUGHT.items():
        shown = await house.db.run(lambda tx, typed=typed: reading.find_patients(house, tx, PAOLO, typed))  # type: ignore[misc]
        assert [one.id for one in shown] == found, typed


SOUGHT = {
    "ferri giulia": [GIULIA], "GIÙLIA": [GIULIA], "FRRGLI84C52D548X": [GIULIA], "12/03/1984": [GIULIA],
    "niccolo d'este": ["nico"], "3337654321": ["nico"], "d'este 1990-07-01": ["nico"], "nessuno": [],
}  # fmt: skip


async def the_header_is_whole(house: House) -> None:
    header = await house.db.run(lambda tx: reading.patient_header(house, tx, PAOLO, GIULIA))
    assert (header.name, header.fiscal_code, header.phone) == ("Giulia Ferri", "FRRGLI84C52D548X", "+39 333 1234567")
    assert header.gp
    assert (header.gp.name, header.gp.organisation) == ("Dott.ssa Anna Bianchi", "Ospedale San Luca")
    assert header.last_visit
    assert header.last_visit.title == "Controllo diabete"


async def the_timeline_goes_page_by_page_and_is_filtered(house: House) -> None:
    async def shown(**asked: Any) -> list[str]:
        keys: list[str] = []
        before = None
        for _ in range(9):
            page = await house.db.run(
                lambda tx, before=before: reading.timeline(house, tx, PAOLO, GIULIA, before, limit=1, **asked)  # type: ignore[misc]
            )
            keys += [card.key for card in page.cards]
            before = page.before
            if before is None:
                break
        return keys

    everything = await shown()
    assert everything.index("Encounter/controllo") < everything.index("Encounter/ps")
    assert "Condition/sbaglio" not in everything
    assert await shown(text="emoglobina") == ["Encounter/controllo"]
    autumn = {"since": datetime(2025, 11, 1, tzinfo=UTC), "until": datetime(2025, 11, 30, tzinfo=UTC)}
    assert await shown(**autumn) == ["Encounter/ps"]


async def sensitive_items_are_hidden(house: House) -> None:
    elena = staff()
    seen = await house.db.run(lambda tx: reading.timeline(house, tx, elena, GIULIA, categories=["problems"]))
    assert "HIV" not in str(seen)
    seen = await house.db.run(lambda tx: reading.timeline(house, tx, PAOLO, GIULIA, categories=["problems"]))
    assert "HIV" in str(seen)


async def plan_and_team_are_there(house: House) -> None:
    (plan,) = await house.db.run(lambda tx: reading.care_plans(house, tx, PAOLO, GIULIA))
    assert (plan.title, [goal.text for goal in plan.goals]) == ("Piano diabete", ["Camminare"])
    team = await house.db.run(lambda tx: reading.care_team(house, tx, PAOLO, GIULIA))
    assert (team.members[0].name, team.members[0].role) == ("Dott.ssa Anna Bianchi", "Diabetologa")


async def test_a_change_over_what_somebody_else_changed_is_refused(
    where: str, house: House, record: ClinicalRecord, hospital: Hospital
) -> None:
    now = house.clock.now()
    before = await house.db.run(lambda tx: record.version(tx, "CareTeam", "squadra"))
    assert before
    await house.db.run(lambda tx: record.keep(tx, TEAM | {"name": "Prima"}, before, now))
    with pytest.raises(Stale):
        await house.db.run(lambda tx: record.keep(tx, TEAM | {"name": "Seconda"}, before, now))
    there = await (hospital.house if where == "remote" else house).db.run(
        lambda tx: store.get(tx, "CareTeam", "squadra")
    )
    assert there
    assert there["name"] == "Prima"
    versions = await house.db.run(lambda tx: record.versions(tx, "CareTeam", "squadra"))
    assert [one.get("name") for _, one in versions] == ["Prima", "Squadra"]


async def test_a_plan_is_developed_in_the_browser(
    where: str, house: House, hospital: Hospital, client: httpx.AsyncClient, sign_in: Any
) -> None:
    """A new goal, a changed one and the plan: all or nothing, and once."""
    await sign_in(client, "care_coordinator", "paolo", language="en")
    address = f"/desk/patient/{GIULIA}/plans/piano"
    form = fields((await client.get(address)).text)
    changes = {"title": "Piano nuovo", "goal-0-text": "Camminare ogni giorno", "goal-1-text": "Dormire"}
    assert set(changes) <= set(form), form
    answer = await client.post(address, data=form | changes)
    assert answer.status_code == 303, answer.text
    kept = hospital.house if where == "remote" else house
    plan = await kept.db.run(lambda tx: store.get(tx, "CarePlan", "piano"))
    assert plan
    assert (plan["title"], len(plan["goal"])) == ("Piano nuovo", 2)
    goals = await kept.db.run(lambda tx: store.get_many(tx, [one["reference"] for one in plan["goal"]]))
    assert sorted(one["description"]["text"] for one in goals.values()) == ["Camminare ogni giorno", "Dormire"]
    assert "Dormire" in (await client.get(f"/desk/patient/{GIULIA}?part=plan")).text
    late = await client.post(address, data=form | {"title": "Troppo tardi"})
    assert late.status_code == 409
    assert "Somebody else has changed this plan" in late.text
    assert "Troppo tardi" in late.text
    trail = await house.db.fetch("select action from administration.audit_event where action = 'careplan.changed'")
    assert len(trail) == 1


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the plan's form, nothing typed."""
    form = page[page.index('<form method="post" action="/desk/patient') :]
    form = form[: form.index("</form>")]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = {name: html.unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if given.get("type") != "checkbox":
            found[given["name"]] = given.get("value", "")
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text.strip())
    return found
