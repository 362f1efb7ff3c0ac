"""What the wizard offers, and what it refuses: times, places, moves, forged and strange answers."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.horizon import fill_horizon, replan_one
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
async def tab(client: httpx.AsyncClient, sign_in: SignIn) -> Wizard:
    await sign_in(client, "agent", language="en")
    return await Wizard(client).begin()


async def test_only_free_times_are_offered_by_day_and_part(house: House, tab: Wizard, elena: Actor) -> None:
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="any")
    taken = await slot_at(house, "2026-11-24 09:30")
    await booked(house, elena, taken, "marco")
    answer = await tab.say("time", day="2026-11-24", part="", action="search")
    assert f'value="{taken}"' not in answer.text
    assert f'value="{await slot_at(house, "2026-11-24 10:00")}"' in answer.text
    assert re.search(r"Tuesday,? 24 November 2026", answer.text)
    assert "23 November 2026" not in answer.text
    answer = await tab.say("time", day="2026-11-24", part="afternoon", action="search")
    assert f'value="{await slot_at(house, "2026-11-24 10:00")}"' not in answer.text
    assert f'value="{await slot_at(house, "2026-11-24 14:00", "galli-mare")}"' in answer.text
    answer = await tab.say("time", day="2026-11-24", part="evening", action="search")
    assert "There are no free times" in answer.text
    answer = await tab.say("time", day="the day after", part="", action="next")
    assert "Write a date." in answer.text


async def test_locations_are_sorted_by_the_straight_line(tab: Wizard) -> None:
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="heart-check|in_person")
    assert tab.step == "place"
    near = tab.answer.text
    assert near.index("Poliambulatorio Centro") < near.index("Casa della Salute Mare")
    assert "about 47 km in a straight line" in near
    sea = (await tab.say("place", postal_code="44022", action="search")).text
    assert sea.index("Casa della Salute Mare") < sea.index("Poliambulatorio Centro")
    unknown = (await tab.say("place", postal_code="44029", action="search")).text
    assert unknown.index("Casa della Salute Mare") < unknown.index("Poliambulatorio Centro")
    assert "straight line" not in unknown


async def test_moving_keeps_person_place_and_channel(house: House, tab: Wizard, elena: Actor) -> None:
    before = await slot_at(house, "2026-11-24 09:30")
    one = await booked(house, elena, before)
    await tab.begin(appointment=str(one.id))
    assert tab.step == "time"
    assert "Move appointment" in tab.answer.text
    assert f'value="{await slot_at(house, "2026-11-24 14:00", "galli-mare")}"' not in tab.answer.text
    after = await slot_at(house, "2026-11-25 10:00")
    await tab.say("time", slot=str(after))
    await tab.say("time", action="next")
    await tab.say("reason", reason="", details="")
    assert tab.step == "review"
    await tab.say("review", action="schedule")
    await tab.say("confirm", mail="no", action="done")
    assert "The appointment is moved" in tab.answer.text
    assert (await status_of(house, before), await status_of(house, after)) == ("free", "busy")


async def test_a_move_that_lacks_something_is_refused_by_name(house: House, tab: Wizard, elena: Actor) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    await house.db.execute("update scheduling.appointment set location = null")
    await tab.begin(appointment=str(one.id))
    assert tab.answer.status_code == 409
    assert "its location is missing" in tab.answer.text


async def test_a_choice_that_was_jumped_over_is_checked_at_the_end(house: House, tab: Wizard) -> None:
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="ecg|virtual", goto="place")
    await tab.say("place", place="any", goto="time")
    await tab.say("time", slot=str(await slot_at(house, "2026-11-24 09:30")))
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    answer = await tab.say("review", action="schedule")
    assert (answer.status_code, tab.step) == (422, "type")
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0


async def test_strange_texts_are_kept_and_shown_as_texts(house: House, tab: Wizard) -> None:
    strange = "\u202eאבג 🫀 <script>alert(1)</script> \x00 ' ; drop table" + "x" * 9000
    await tab.to_review(await slot_at(house, "2026-11-24 09:30"))
    await tab.say("reason", reason=strange, details=strange)
    assert "<script>alert" not in tab.answer.text
    assert "&lt;script&gt;" in tab.answer.text
    assert "x" * 9000 in tab.answer.text
    assert (await tab.say("who", who="practitioner:\x00", find="%_\\' \x00")).status_code == 422
    assert (await tab.client.get("/desk/scheduling/wizard?patient=%00")).status_code == 200
    assert (await tab.client.get("/desk/scheduling/patient/%00x/appointments")).status_code == 404
    await tab.to_review(await slot_at(house, "2026-11-24 10:30"))
    for day in ("9999-12-31", "0001-01-01", "2026-02-30", "-1", "🫀"):
        assert (await tab.say("time", day=day, action="search")).status_code == 200, day
        assert (await tab.say("time", action="later", later=day)).status_code == 200, day


async def test_a_patient_who_is_elsewhere_is_noticed_at_the_pick(house: House, tab: Wizard, elena: Actor) -> None:
    await booked(house, elena, await slot_at(house, "2026-11-24 09:40", "neri-centro"), wanted=Wanted("skin-check"))
    await tab.say("who", who="practitioner:bassi")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="any")
    slot = await slot_at(house, "2026-11-24 09:30")
    answer = await tab.say("time", slot=str(slot))
    assert answer.status_code == 409
    assert "already has a visit at that time" in answer.text
    assert await status_of(house, slot) == "free"


async def test_a_draft_of_yesterday_is_not_gone_on_with_and_last_months_are_forgotten(
    house: House, tab: Wizard, clock: FixedClock
) -> None:
    assert (await Wizard(tab.client).begin()).id == tab.id
    clock.advance(timedelta(hours=13))
    again = await Wizard(tab.client).begin()
    assert again.id != tab.id
    clock.advance(timedelta(days=31))
    await house.db.run(lambda tx: fill_horizon(house, tx, {}))
    assert await house.db.fetchval("select count(*) from scheduling.wizard") == 0
    for schedule in ("bassi-centro", "neri-centro"):
        await house.db.run(lambda tx, one=schedule: replan_one(house, tx, {"schedule": one}))  # type: ignore[misc]
    ahead = await house.db.fetchval("select max(starts) from scheduling.slot")
    assert ahead > clock.now() + timedelta(weeks=7)
