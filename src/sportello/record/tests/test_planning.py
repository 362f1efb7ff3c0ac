"""Developing care plans: nothing that the form does not show is lost, nobody writes over somebody else unawares."""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sportello.fhir import store
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, RECORD, admit, coded, of

AT = f"/desk/patient/{GIULIA}/plans"
STEPS = {"measure": {"text": "Passi"}, "detailQuantity": {"value": 5000, "unit": "passi"}, "dueDate": "2026-12-01"}
GOAL = of("Goal", "g1", lifecycleStatus="active", description={"text": "Camminare"}, priority={"text": "alta"},
          target=[STEPS])  # fmt: skip
PROBLEM = of("Condition", "c1", code=coded("44054006", "Diabete"), clinicalStatus=coded("active", "active"))
PLAN = of(
    "CarePlan", "p1", status="active", intent="plan", title="Piano diabete", period={"start": "2026-01-10"},
    addresses=[{"reference": "Condition/c1"}, {"display": "Peso"}], instantiatesUri=["http://x.org/protocol"],
    goal=[{"reference": "Goal/g1"}, {"display": "Dormire bene"}],
    activity=[
        {"detail": {"code": {"text": "Dieta"}, "status": "in-progress", "location": {"display": "A casa"}}},
        {"reference": {"display": "Controllo piede"}},
        {"detail": {"code": {"text": "Palestra"}, "status": "not-started"}},
    ],
)  # fmt: skip
Sends = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def send(house: House, client: httpx.AsyncClient, sign_in: Any) -> Sends:
    """Paolo the care coordinator sends a plan's form with changes."""
    await admit(house, *RECORD, PROBLEM, GOAL, PLAN)
    await sign_in(client, "care_coordinator", "paolo")

    async def post(address: str = f"{AT}/p1", **changes: str) -> httpx.Response:
        shown = (await client.get(address if address != AT else f"{AT}/new")).text
        form = dict(fields(shown))
        assert "csrf" in form
        return await client.post(
            address, data=form | {name.replace("_", "-"): value for name, value in changes.items()}
        )

    return post


def fields(page: str) -> list[tuple[str, str]]:
    """What a browser would send of a page's form, nothing typed."""
    form = page[page.index('<form method="post" action="/desk/patient') :]
    form = form[: form.index("</form>")]
    found = []
    for tag in re.findall(r"<input [^>]*>", form):
        given = {name: html.unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if given.get("type") != "checkbox" or " checked" in tag:
            found.append((given["name"], given.get("value", "")))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found.append((name, chosen[1] if chosen else ""))
    found += [
        (name, html.unescape(text)) for name, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)<', form)
    ]
    return found


async def kept(house: House, kind: str, name: str) -> dict[str, Any]:
    async with house.db.transaction() as tx:
        found = await store.get(tx, kind, name)
    assert found
    return found


async def test_saving_without_changes_changes_nothing(house: House, send: Sends) -> None:
    assert (await send()).status_code == 303
    assert await kept(house, "CarePlan", "p1") == PLAN, "what the form does not show is still there"
    assert await kept(house, "Goal", "g1") == GOAL


async def test_what_is_changed_is_changed_and_told(house: House, send: Sends, client: httpx.AsyncClient) -> None:
    answer = await send(
        title="Piano diabete e peso", review="2026-12-24", goal_0_due="2027-01-31", goal_0_reached="improving",
        goal_1_text="Perdere 5 kg", goal_1_target="< 80 kg", activity_0_status="completed", activity_1_text="",
        activity_2_text="Diario", activity_2_who="Dott.ssa Anna Bianchi, zia Rosa", activity_2_when="ogni sera",
    )  # fmt: skip
    assert answer.status_code == 303
    plan = await kept(house, "CarePlan", "p1")
    assert plan["instantiatesUri"] == PLAN["instantiatesUri"]
    assert plan["addresses"] == PLAN["addresses"]
    assert [one.get("display", one.get("reference", ""))[:5] for one in plan["goal"]] == ["Goal/", "Dormi", "Goal/"]
    told = [one.get("detail", {}).get("code", one.get("reference", {})) for one in plan["activity"]]
    assert told == [{"text": "Dieta"}, {"display": "Controllo piede"}, {"text": "Diario"}]
    assert plan["activity"][0]["detail"]["location"] == {"display": "A casa"}
    assert plan["activity"][2]["detail"]["scheduledString"] == "ogni sera"
    assert [one["display"] for one in plan["activity"][2]["detail"]["performer"]] == [
        "Dott.ssa Anna Bianchi",
        "zia Rosa",
    ]
    goal = await kept(house, "Goal", "g1")
    assert (goal["target"][0]["dueDate"], goal["target"][0]["detailQuantity"]["value"]) == ("2027-01-31", 5000)
    assert goal["priority"] == GOAL["priority"]
    fresh = await kept(house, "Goal", plan["goal"][2]["reference"].partition("/")[2])
    assert (fresh["description"]["text"], fresh["target"][0]["detailString"]) == ("Perdere 5 kg", "< 80 kg")
    page = (await client.get(f"{AT}/p1/changes")).text
    for words in ("Paolo", "Piano diabete e peso", "Perdere 5 kg", "31 gen 2027", "zia Rosa", "Palestra"):
        assert words in page, words
    shown = (await client.get(f"/desk/patient/{GIULIA}/plan")).text
    assert "24 dic 2026" in shown
    paper = (await client.get(f"{AT}/p1/print")).text
    assert "Diario" in paper
    assert "plans/new" not in paper


async def test_a_goal_taken_out_is_cancelled(house: House, send: Sends) -> None:
    await send(goal_0_text="")
    assert (await kept(house, "CarePlan", "p1"))["goal"] == [{"display": "Dormire bene"}]
    assert (await kept(house, "Goal", "g1"))["lifecycleStatus"] == "cancelled"


async def test_whoever_is_slower_is_told_and_keeps_all(house: House, client: httpx.AsyncClient, send: Sends) -> None:
    old = dict(fields((await client.get(f"{AT}/p1")).text))
    await send(title="Der Schnellere")
    answer = await client.post(f"{AT}/p1", data=old | {"title": "Der Langsamere", "goal-0-text": "Nuotare"})
    assert answer.status_code == 409
    assert "Der Langsamere" in answer.text
    assert (await kept(house, "CarePlan", "p1"))["title"] == "Der Schnellere"
    again = dict(fields(answer.text))
    assert (await client.post(f"{AT}/p1", data=again)).status_code == 303
    assert (await kept(house, "CarePlan", "p1"))["title"] == "Der Langsamere"
    assert (await kept(house, "Goal", "g1"))["description"] == {"text": "Nuotare"}


async def test_of_ten_at_once_one_is_kept(client: httpx.AsyncClient, send: Sends) -> None:
    form = dict(fields((await client.get(f"{AT}/p1")).text))
    answers = await asyncio.gather(*(client.post(f"{AT}/p1", data=form | {"title": f"Piano {n}"}) for n in range(10)))
    assert sorted(one.status_code for one in answers) == [303] + [409] * 9


async def test_a_new_plan_from_a_template_and_a_double_click(
    house: House, client: httpx.AsyncClient, send: Sends
) -> None:
    form = dict(fields((await client.get(f"{AT}/p1")).text))
    told = await client.post(f"{AT}/p1", data=form | {"action": "template", "start": "2026-11-01"})
    assert "modello" in told.text
    page = (await client.get(f"{AT}/new")).text
    template = re.search(r"template=([^\"]+)\"", page)
    assert template
    filled = dict(fields((await client.get(f"{AT}/new?template={template[1]}")).text))
    assert (filled["title"], filled["goal-0-text"], filled["activity-0-text"]) == (
        "Piano diabete",
        "Camminare",
        "Dieta",
    )
    assert filled["goal-0-ref"] == ""
    answers = await asyncio.gather(*(client.post(AT, data=filled) for _ in range(8)))
    assert {one.status_code for one in answers} == {303}
    async with house.db.transaction() as tx:
        listed = await store.of_patient(tx, GIULIA, ("CarePlan", "Goal"), hidden=[])
    assert len([one for one in listed if one["resourceType"] == "CarePlan"]) == 2, "one more, though sent twice"
    assert len([one for one in listed if one["resourceType"] == "Goal"]) == 2


@pytest.mark.parametrize(
    "changes",
    [{"title": ""}, {"start": "2026-13-01"}, {"start": "2026-02-01", "end": "2026-01-01"}, {"goal_1_target": "x"},
     {"goal_0_due": "soon"}, {"activity_2_who": "x"}, {"title": "x" * 501}, {"status": "nonsense"}],
)  # fmt: skip
async def test_what_is_wrong_is_told_beside_what_was_typed(house: House, send: Sends, changes: dict[str, str]) -> None:
    answer = await send(description="so schön", **changes)
    assert answer.status_code == 422
    assert "so schön" in answer.text
    assert 'class="error"' in answer.text or "nonsense" in str(changes)
    assert (await kept(house, "CarePlan", "p1")) == PLAN


async def test_more_rows_keep_what_was_typed(send: Sends) -> None:
    answer = await send(action="more", goal_1_text="Nuovo", title="")
    assert answer.status_code == 200
    assert 'value="Nuovo"' in answer.text
    assert "goal-2-text" in answer.text


async def test_only_who_may_writes_plans(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await admit(house, *RECORD, PROBLEM, GOAL, PLAN)
    await sign_in(client, "agent", "elena")
    assert (await client.get(f"{AT}/p1")).status_code == 403
    assert (await client.get(f"{AT}/p1/changes")).status_code == 200
    assert "plans/new" not in (await client.get(f"/desk/patient/{GIULIA}/plan")).text
    await sign_in(client, "care_coordinator", "paolo")
    for path in (f"{AT}/none", f"{AT}/a b", "/desk/patient/nobody/plans/new", f"{AT}/none/print", f"{AT}/none/changes"):
        assert (await client.get(path)).status_code == 404, path
    words = await house.db.fetchval("select count(*) from administration.audit_event where patient = $1", GIULIA)
    assert words >= 3, "every look is on record"
