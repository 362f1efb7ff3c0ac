"""A series: every so many weeks at the same time of the wall, all of it or none, and one or the rest changed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.rhythm import dues
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard

SignIn = Callable[..., Awaitable[Actor]]
ROME = ZoneInfo("Europe/Rome")


ZONES = ["Europe/Rome", "Australia/Lord_Howe", "Asia/Kolkata"]


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(2, 20), st.integers(1, 12),
    st.sampled_from(["days", "weeks"]), st.sampled_from(ZONES),
)  # fmt: skip
def test_the_clock_on_the_wall_says_the_same(day: date, count: int, every: int, unit: str, zone: str) -> None:
    there = ZoneInfo(zone)
    first = datetime.combine(day, time(9, 30), tzinfo=there).astimezone(UTC)
    found = dues(first, count, every, unit, there)
    assert len(set(found)) == count - 1
    assert {one.astimezone(there).strftime("%H:%M") for one in found} == {"09:30"}


@pytest.fixture
async def tab(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> Wizard:
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.to_review(await slot_at(house, "2026-11-24 09:30"))
    return tab


async def test_three_visits_in_one_go(house: House, tab: Wizard, elena: Actor) -> None:
    taken = await slot_at(house, "2026-11-27 09:30")
    await booked(house, elena, taken, "marco")
    await tab.say("review", action="series", count="3", every="3", unit="days")
    assert "Friday, 27 November 2026" in tab.answer.text  # due that day, and moved to a free time near it
    await tab.say("review", action="schedule", count="3", every="3", unit="days")
    assert tab.step == "confirm", tab.answer.text
    rows = await house.db.fetch(
        "select starts, series, slot from scheduling.appointment where patient = 'giulia' order by starts"
    )
    assert len(rows) == 3
    assert len({row["series"] for row in rows}) == 1
    assert rows[0]["series"] is not None
    assert taken not in {row["slot"] for row in rows}
    read = "select body -> 'identifier' -> 0 ->> 'system' from scheduling.fhir_appointment where patient = 'giulia'"
    assert await house.db.fetchval(f"{read} limit 1") == "urn:sportello:series"


async def test_all_or_none_is_held_and_leaving_gives_all_back(house: House, tab: Wizard) -> None:
    answer = await tab.say("review", action="series", count="9", every="2", unit="weeks")
    assert answer.status_code == 422
    assert "Not every visit has a free time" in answer.text
    held = "select count(*) from scheduling.hold where owner like 'wizard:%:%'"
    assert await house.db.fetchval(held) == 0
    await tab.say("review", action="series", count="2", every="1", unit="days")
    other = await slot_at(house, "2026-11-25 09:30")
    assert await status_of(house, other) == "busy-tentative"
    await tab.client.post(f"/desk/scheduling/wizard/{tab.id}/leave", headers={"HX-Request": "true"})
    assert await status_of(house, other) == "free"
    assert await house.db.fetchval("select count(*) from scheduling.hold") == 0


@pytest.mark.parametrize("wrong", [{"count": "1"}, {"count": "x"}, {"every": "0"}, {"unit": "moons"}])
async def test_a_rhythm_that_is_none(tab: Wizard, wrong: dict[str, str]) -> None:
    answer = await tab.say("review", action="series", **({"count": "3", "every": "1", "unit": "days"} | wrong))
    assert answer.status_code == 422


async def test_one_or_the_rest_is_moved_and_cancelled(house: House, tab: Wizard) -> None:
    await tab.say("review", action="series", count="3", every="1", unit="days")
    await tab.say("review", action="schedule")
    read = "select id, starts, status from scheduling.appointment order by starts"
    first, second, third = await house.db.fetch(read)
    tab = await Wizard(tab.client).begin(appointment=str(second["id"]))
    await tab.say("time", slot=str(await slot_at(house, "2026-11-25 10:30")))
    await tab.say("time", action="next")
    await tab.say("reason")
    assert "later visit of the series" in tab.answer.text
    await tab.say("review", action="schedule", rest="yes")
    assert tab.step == "confirm", tab.answer.text
    rows = await house.db.fetch(read)
    wall = [row["starts"].astimezone(ROME).strftime("%d %H:%M") for row in rows]
    assert wall == ["24 09:30", "25 10:30", "26 10:30"]
    page = await tab.client.get(f"/desk/scheduling/appointments/{second['id']}/cancellation")
    assert "later visit of the series" in page.text
    await tab.client.post(
        f"/desk/scheduling/appointments/{second['id']}/cancellation", data={"why": "pat", "rest": "yes"}
    )
    states = {row["id"]: row["status"] for row in await house.db.fetch(read)}
    assert states == {first["id"]: "booked", second["id"]: "cancelled", third["id"]: "cancelled"}


async def test_the_rest_cannot_move_along_and_nothing_moves(house: House, tab: Wizard, elena: Actor) -> None:
    await tab.say("review", action="series", count="2", every="1", unit="days")
    await tab.say("review", action="schedule")
    await booked(house, elena, await slot_at(house, "2026-11-25 10:30"), "marco")
    read = "select id, starts from scheduling.appointment where patient = 'giulia' order by starts"
    before = await house.db.fetch(read)
    tab = await Wizard(tab.client).begin(appointment=str(before[0]["id"]))
    await tab.say("time", slot=str(await slot_at(house, "2026-11-24 10:30")))
    await tab.say("time", action="next")
    await tab.say("reason")
    answer = await tab.say("review", action="schedule", rest="yes")
    assert answer.status_code == 409
    assert "cannot all move along" in answer.text
    assert [tuple(row) for row in await house.db.fetch(read)] == [tuple(row) for row in before]
