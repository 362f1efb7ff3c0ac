"""The wizard through its doors: the order of its steps, what each refuses, and clicks that come twice."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import cancelling
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.store import claims
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import PART, Wizard

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
async def tab(client: httpx.AsyncClient, sign_in: SignIn) -> Wizard:
    await sign_in(client, "agent", language="en")
    return await Wizard(client).begin()


async def test_the_whole_way_in_person(house: House, tab: Wizard) -> None:
    assert "From the patient's care team" in tab.answer.text
    assert "Cardiologa" in tab.answer.text
    assert tab.step == "who"
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    assert await status_of(house, slot) == "busy-tentative"
    await tab.say("review", action="schedule")
    assert tab.step == "confirm"
    assert "giulia.ferri@example.org" in tab.answer.text
    assert "Booked" in tab.answer.text
    assert await status_of(house, slot) == "busy"
    await tab.say("confirm", mail="yes", action="done")
    assert "The appointment is scheduled" in tab.answer.text
    row = await house.db.fetchrow("select status, channel, reason, details, patient from scheduling.appointment")
    assert tuple(row) == ("booked", "in_person", "Controllo annuale", "Porta gli esami.", "giulia")


async def test_a_virtual_visit_is_pending_until_its_link(house: House, tab: Wizard) -> None:
    await tab.to_review(await slot_at(house, "2026-11-24 09:30"), "virtual")
    await tab.say("review", action="schedule")
    assert "Pending" in tab.answer.text
    await house.jobs.run_due()
    await tab.look()
    assert "Pending" not in tab.answer.text
    assert "/visit/" in tab.answer.text


async def test_every_button_twice_books_once(house: House, tab: Wizard) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    for step, fields in [
        ("who", {"who": "practitioner:bassi"}), ("type", {"type": "heart-check|in_person"}),
        ("place", {"place": "any"}), ("time", {"slot": str(slot)}), ("time", {"action": "next"}),
        ("reason", {"reason": "Controllo"}),
        ("review", {"action": "schedule"}), ("confirm", {"mail": "yes", "action": "done"}),
    ]:  # fmt: skip
        await asyncio.gather(tab.say(step, **fields), tab.say(step, **fields))
        assert tab.answer.status_code == 200, tab.answer.text
    assert tab.step == "done"
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1


@pytest.mark.parametrize(
    ("step", "fields", "says"),
    [
        ("who", {}, "Choose a specialty or a practitioner."),
        ("who", {"who": "practitioner:nobody"}, "This choice is not known."),
        ("who", {"who": "specialty:magic"}, "This choice is not known."),
    ],
)
async def test_a_refusal_says_what_is_wrong(tab: Wizard, step: str, fields: dict[str, str], says: str) -> None:
    answer = await tab.say(step, **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'class="error-summary"' in answer.text


async def test_forged_choices_are_refused(tab: Wizard) -> None:
    await tab.say("who", who="specialty:cardiology")
    assert (await tab.say("type", type="skin-check|in_person")).status_code == 422
    assert (await tab.say("type", type="ecg|virtual")).status_code == 422
    await tab.say("type", type="ecg|in_person")
    assert (await tab.say("place", place="moon")).status_code == 422
    await tab.say("place", place="any")
    for slot in ("0", "-1", "99999999", "99999999999999999999999", "x", "1 or 1=1"):
        assert (await tab.say("time", slot=slot)).status_code == 409, slot


async def test_a_step_that_is_unfinished_is_shown_instead_of_a_later_one(tab: Wizard) -> None:
    answer = await tab.say("review", action="schedule")
    assert answer.status_code == 422
    assert tab.step == "who"


async def test_back_keeps_everything(house: House, tab: Wizard) -> None:
    await tab.to_review(await slot_at(house, "2026-11-24 09:30"))
    await tab.say("review", action="back")
    await tab.say("reason", reason="Altro motivo", details="x" * 3000, action="back")
    assert tab.step == "time"
    await tab.say("time", action="next")
    assert "Altro motivo" in tab.answer.text
    assert "x" * 3000 in tab.answer.text
    answer = await tab.say("reason", reason="", details="x" * 3000)
    assert "Write the reason for the visit." in answer.text
    assert "The details are too long" in answer.text
    assert "x" * 3000 in answer.text


async def test_a_reload_goes_on_where_it_was(house: House, tab: Wizard) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    address = "/desk/scheduling/wizard?patient=giulia"
    again = await tab.client.get(address, headers=PART)
    assert f'data-wizard="{tab.id}"' in again.text
    assert "kept for you" in again.text
    page = await tab.client.get(address)
    assert "<html" in page.text


async def test_what_was_cancelled_since_is_not_shown_as_scheduled(house: House, tab: Wizard, elena: Actor) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    await tab.say("review", action="schedule")
    address = "/desk/scheduling/wizard?patient=giulia"
    assert f'data-wizard="{tab.id}"' in (await tab.client.get(address, headers=PART)).text
    appointment = await house.db.fetchval("select id from scheduling.appointment")
    async with house.db.transaction() as tx:
        await cancelling.cancel(house, tx, elena, appointment, CancelReason.PATIENT)
    fresh = await tab.client.get(address, headers=PART)
    assert 'name="who"' in fresh.text
    assert f'data-wizard="{tab.id}"' not in fresh.text


async def test_times_at_which_the_patient_is_elsewhere_are_shown_and_not_offered(
    house: House, tab: Wizard, elena: Actor
) -> None:
    await booked(house, elena, await slot_at(house, "2026-11-24 09:30"), "giulia")
    other, free = [await slot_at(house, f"2026-11-24 {at}", "neri-centro") for at in ("09:40", "10:20")]
    await tab.say("who", who="specialty:dermatology")
    await tab.say("type", type="skin-check|in_person")
    await tab.say("place", place="any")
    answer = await tab.say("time", action="search", day="2026-11-24")
    assert f'value="{free}"' in answer.text
    assert f'value="{other}"' not in answer.text
    assert "A visit is booked then" in answer.text
    visit = await house.db.fetchval("select id from scheduling.appointment where patient = 'giulia'")
    from_, until = house.clock.now(), house.clock.now() + timedelta(days=30)
    async with house.db.transaction() as tx:
        assert len(await claims.visits_of(tx, "giulia", from_, until, None)) == 1
        assert not await claims.visits_of(tx, "giulia", from_, until, visit), "what is moved is in nobody's way"


async def test_another_specialty_forgets_the_type_and_gives_the_time_back(house: House, tab: Wizard) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    await tab.say("review", goto="who")
    await tab.say("who", who="specialty:dermatology")
    assert tab.step == "type"
    assert await status_of(house, slot) == "free"
    assert "Skin check-up" in tab.answer.text


async def test_a_lost_race_has_its_own_words(house: House, tab: Wizard, elena: Actor) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="any")
    await booked(house, elena, slot, "marco")
    answer = await tab.say("time", slot=str(slot))
    assert answer.status_code == 409
    assert "taken a moment ago" in answer.text
    assert f'value="{slot}"' not in answer.text


async def test_a_hold_that_ended_books_if_still_free_and_says_so_if_not(
    house: House, tab: Wizard, clock: FixedClock, elena: Actor
) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    clock.advance(timedelta(minutes=20))
    await house.jobs.run_due()
    await tab.look()
    assert "no longer kept" in tab.answer.text
    await booked(house, elena, slot, "marco")
    answer = await tab.say("review", action="schedule")
    assert answer.status_code == 409
    assert "somebody else has taken it" in answer.text
    assert tab.step == "time"
    await tab.say("time", slot=str(await slot_at(house, "2026-11-24 10:30")))
    await tab.say("time", action="next")
    assert "Controllo annuale" in tab.answer.text
    await tab.say("reason", reason="Controllo annuale")
    clock.advance(timedelta(minutes=20))
    await house.jobs.run_due()
    await tab.say("review", action="schedule")
    assert tab.step == "confirm"


async def test_leaving_gives_the_time_back(house: House, tab: Wizard) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await tab.to_review(slot)
    await tab.client.post(f"/desk/scheduling/wizard/{tab.id}/leave", headers=PART)
    assert await status_of(house, slot) == "free"
    await tab.look()
    answer = await tab.say("review", action="schedule")
    assert tab.step == "time"
    assert "Choose a time." in answer.text
    await tab.client.post(f"/desk/scheduling/wizard/{tab.id}/leave", data={"discard": "yes"}, headers=PART)
    assert "was discarded" in (await tab.look()).text


async def test_without_scripts_each_step_leads_to_its_page(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "agent", language="en")
    answer = await client.post("/desk/scheduling/wizard", data={"patient": "giulia"})
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = await client.get(address)
    assert "<html" in page.text
    answer = await client.post(f"{address}/who", data={"who": "specialty:cardiology"})
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    answer = await client.post(f"{address}/type", data={})
    assert answer.status_code == 422
    assert "<html" in answer.text


async def test_strangers_and_wrong_addresses(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    assert (await client.post("/desk/scheduling/wizard", data={"patient": "giulia"})).status_code in (401, 403)
    await sign_in(client, "administrator")
    assert (await client.get("/desk/scheduling/wizard?patient=giulia")).status_code == 403
    await sign_in(client, "agent", "davide")
    for address in ("x", "0198f2f0-0000-7000-8000-000000000000", "..%2f", "1" * 400):
        assert (await client.get(f"/desk/scheduling/wizard/{address}")).status_code == 404
    assert (await client.get("/desk/scheduling/wizard?patient=nobody")).status_code == 404
    wizard = await Wizard(client).begin()
    assert (await wizard.say("nonsense")).status_code == 404
    assert (await client.post(f"/desk/scheduling/wizard/{wizard.id}/hold")).status_code == 410


async def test_the_care_team_offers_a_booking_with_those_who_have_a_calendar(
    client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in(client, "agent", language="en")
    shown = (await client.get("/desk/patient/giulia/team")).text
    assert set(re.findall(r"wizard\?patient=giulia&amp;practitioner=([\w-]+)", shown)) == {"bassi"}
    assert "Ugo Villa" in shown, "the family doctor has no calendar here"


async def test_whom_somebody_points_at_is_meant_and_nothing_begun_is_lost(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, clock: FixedClock
) -> None:
    await sign_in(client, "agent", language="en")
    ask = "/desk/scheduling/wizard?patient=giulia&practitioner="
    tab = Wizard(client)

    async def book_with(whom: str) -> str:
        tab.answer = await client.get(ask + whom, headers=PART)
        found = re.search(r'data-wizard="([^"]+)"', tab.answer.text)
        assert found
        tab.id = found[1]
        return tab.id

    first = (await tab.begin()).id
    assert await book_with("bassi") == first, "nothing was chosen yet"
    assert re.search(r'value="practitioner:bassi"[^>]* checked', tab.answer.text)
    await tab.to_review(await slot_at(house, "2026-11-24 09:30"))
    assert await book_with("bassi") == first
    assert tab.step == "review"
    clock.advance(timedelta(minutes=1))
    second = await book_with("nobody-yet")
    assert second != first
    listed = (await client.get("/desk/scheduling/appointments?patient=giulia", headers=PART)).text
    assert first in listed, "to be gone on with"
    near = await slot_at(house, "2026-11-25 09:30")
    pointed = (await tab.begin(slot=str(near))).id
    assert pointed == second, "nothing was chosen yet but whom"
    assert 'value="practitioner:bassi"' in tab.answer.text
