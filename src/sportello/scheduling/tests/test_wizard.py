"""The wizard through its doors: the order of its steps, what each refuses, and clicks that come twice."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked

SignIn = Callable[..., Awaitable[Actor]]
PART = {"HX-Request": "true"}


class Wizard:
    """A tab with the wizard in it, as an agent sees it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.id = ""
        self.answer: httpx.Response

    async def begin(self, **fields: str) -> "Wizard":
        self.answer = await self.client.post(
            "/desk/scheduling/wizard", data={"patient": "giulia"} | fields, headers=PART
        )
        if found := re.search(r'data-wizard="([^"]+)"', self.answer.text):
            self.id = found[1]
        return self

    async def say(self, step: str, **fields: Any) -> httpx.Response:
        self.answer = await self.client.post(f"/desk/scheduling/wizard/{self.id}/{step}", data=fields, headers=PART)
        return self.answer

    async def look(self) -> httpx.Response:
        self.answer = await self.client.get(f"/desk/scheduling/wizard/{self.id}", headers=PART)
        return self.answer

    @property
    def step(self) -> str:
        found = re.search(rf'action="/desk/scheduling/wizard/{self.id}/(?!leave)(\w+)"', self.answer.text)
        return found[1] if found else "done"

    async def to_review(self, slot: int, channel: str = "in_person") -> None:
        await self.say("who", who="practitioner:bassi")
        await self.say("type", type=f"heart-check|{channel}")
        await self.say("place", place="centro", postal_code="44100")
        await self.say("time", slot=str(slot))
        await self.say("time", action="next")
        await self.say("reason", reason="Controllo annuale", details="Porta gli esami.")
        assert self.step == "review", self.answer.text


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
