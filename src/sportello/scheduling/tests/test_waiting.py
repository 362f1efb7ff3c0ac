"""The waiting list: who is offered a freed time, how it is answered, and that two answers never book twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import offering, waiting
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.closing import Scope, close, lift
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.events import OfferMade
from sportello.scheduling.moving import Move, move
from sportello.scheduling.store import openings
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.store.waiting import Policy, Waiting, candidates, set_policy
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard
from sportello.scheduling.waiting import CannotWait

SignIn = Callable[..., Awaitable[Actor]]
PAGE = "/desk/scheduling/waiting"
HALF_PAST_NINE = "2026-11-24 09:30"


async def waits(house: House, actor: Actor, patient: str = "giulia", **other: Any) -> Waiting:
    """A patient who waits for a heart check-up."""
    today = house.clock.now().date()
    wish = Waiting(id=uuid7(), patient=patient, service="heart-check", from_day=today, reason="Controllo",
                   created_at=house.clock.now(), **other)  # fmt: skip
    async with house.db.transaction() as tx:
        return await waiting.put_on_list(house, tx, actor, wish)


async def freed(house: House, actor: Actor, wall: str = HALF_PAST_NINE) -> int:
    """A time that Marco had, and gave back."""
    slot = await slot_at(house, wall)
    one = await booked(house, actor, slot, "marco")
    async with house.db.transaction() as tx:
        await cancel(house, tx, actor, one.id, CancelReason.PATIENT)
    return slot


async def offered(house: House, actor: Actor, one: Waiting, slot: int) -> Offer:
    async with house.db.transaction() as tx:
        made = await offering.offer(house, tx, actor, one.id, slot)
    assert made
    return made


async def tasks(house: House) -> list[int]:
    async with house.db.transaction() as tx:
        return [one.slot.id for one in await openings.standing(tx, house.clock.now())]


async def state_of(house: House, one: Waiting) -> str:
    return str(await house.db.fetchval("select state from scheduling.waiting where id = $1", one.id))


@pytest.fixture
def letters(house: House) -> list[OfferMade]:
    """What outreach is told to write."""
    told: list[OfferMade] = []

    async def hear(house: House, tx: Transaction, event: OfferMade) -> None:
        told.append(event)

    house.news.subscribe(OfferMade, hear)
    return told


async def test_a_freed_time_is_a_task_only_when_it_suits_somebody(house: House, elena: Actor) -> None:
    await freed(house, elena)
    assert await tasks(house) == []
    await waits(house, elena, weekdays=(3,))  # Wednesdays
    await freed(house, elena, "2026-11-24 10:30")
    assert await tasks(house) == []
    slot = await freed(house, elena, "2026-11-25 10:30")
    assert await tasks(house) == [slot]


@pytest.mark.parametrize(
    "unlike",
    [{"practitioner": "galli"}, {"location": "mare"}, {"specialty": "dermatology"}, {"part": "evening"}],
)
async def test_wishes_that_a_time_does_not_meet(house: House, elena: Actor, unlike: dict[str, str]) -> None:
    await waits(house, elena, **unlike)
    await freed(house, elena)
    assert await tasks(house) == []


async def test_moving_and_opening_again_free_times_too(house: House, elena: Actor) -> None:
    slot, other = await slot_at(house, HALF_PAST_NINE), await slot_at(house, "2026-11-26 09:30")
    one = await booked(house, elena, slot, "marco")
    await waits(house, elena)
    async with house.db.transaction() as tx:
        await move(house, tx, elena, Move(one.id, other))
    assert await tasks(house) == [slot]
    zone = house.settings.clinic.tz
    day = (house.clock.now() + timedelta(days=4)).astimezone(zone).replace(hour=8)
    async with house.db.transaction() as tx:
        closed = await close(house, tx, elena, day, day + timedelta(hours=3), Scope(practitioner="bassi"), "Corso")
        await lift(house, tx, elena, closed.id)
    assert len(await tasks(house)) > 1


async def test_by_priority_then_age(house: House, elena: Actor, clock: FixedClock) -> None:
    await waits(house, elena, "giulia")
    for number, priority in enumerate(["D", "B", "", "B", "U"]):
        clock.advance(timedelta(minutes=1))
        await waits(house, elena, f"p{number}", priority=priority)
    slot = await freed(house, elena)
    async with house.db.transaction() as tx:
        found = await candidates(tx, slot, house.settings.clinic.zone, 10)
    assert [one.patient for one in found] == ["p4", "p1", "p3", "p0", "giulia", "p2"]


async def test_an_offer_keeps_the_time_and_a_yes_books_it(
    house: House, elena: Actor, letters: list[OfferMade], client: httpx.AsyncClient
) -> None:
    one = await waits(house, elena)
    slot = await freed(house, elena)
    await offered(house, elena, one, slot)
    assert (await status_of(house, slot), await state_of(house, one)) == ("busy-tentative", "offered")
    (letter,) = letters
    assert letter.appointment == one.id
    path = letter.link.partition("/offer/")[2]
    shown = await client.get(f"/offer/{path}")
    assert "Giulia" not in shown.text
    assert await status_of(house, slot) == "busy-tentative"  # looking books nothing
    assert await house.db.fetchval("select count(*) from scheduling.offer where token = $1", path.encode()) == 0
    for _ in range(2):  # the second yes finds what the first one did
        assert (await client.post(f"/offer/{path}/yes")).status_code == 200
    made = await house.db.fetchrow("select id, patient, status, slot from scheduling.appointment where slot = $1"
                                   " and status <> 'cancelled'", slot)  # fmt: skip
    assert tuple(made) == (one.id, "giulia", "booked", slot)
    assert await tasks(house) == []
    assert (await client.get("/offer/nonsense")).status_code == 404
    assert (await client.post("/offer/nonsense/yes")).status_code == 404


async def test_two_yeses_at_once_and_a_yes_against_a_no(house: House, elena: Actor) -> None:
    one = await waits(house, elena)
    made = await offered(house, elena, one, await freed(house, elena))
    acts = [offering.accept, offering.accept, offering.decline, offering.take_back]
    done = await asyncio.gather(
        *(house.db.run(lambda tx, act=act: act(house, tx, elena, made.id)) for act in acts)  # type: ignore[misc]  # bound now
    )
    outcomes = {answer.outcome for answer in done}
    assert len(outcomes) == 1, outcomes
    count = await house.db.fetchval(
        "select count(*) from scheduling.appointment where patient = 'giulia' and status = 'booked'"
    )
    assert count == (1 if outcomes == {"accepted"} else 0)


async def test_two_agents_offer_one_time_to_two(house: House, elena: Actor) -> None:
    first, second = await waits(house, elena), await waits(house, elena, "anna")
    slot = await freed(house, elena)
    made = await asyncio.gather(
        house.db.run(lambda tx: offering.offer(house, tx, elena, first.id, slot)),
        house.db.run(lambda tx: offering.offer(house, tx, elena, second.id, slot)),
    )
    assert sum(one is not None for one in made) == 1


async def test_nobody_answers_and_the_task_returns_without_that_patient(
    house: House, elena: Actor, clock: FixedClock
) -> None:
    one, other = await waits(house, elena), await waits(house, elena, "anna", priority="P")
    slot = await freed(house, elena, "2026-11-26 09:30")
    made = await offered(house, elena, other, slot)
    clock.advance(timedelta(minutes=241))
    await house.jobs.run_due()
    assert (await status_of(house, slot), await state_of(house, other)) == ("free", "waiting")
    assert await tasks(house) == [slot]
    async with house.db.transaction() as tx:
        assert (await offering.accept(house, tx, elena, made.id)).outcome == "lapsed"
        assert not await offering.offer(house, tx, elena, other.id, slot)  # once is enough
    await offered(house, elena, one, slot)


async def test_by_policy_the_next_is_asked_without_staff(
    house: House, elena: Actor, letters: list[OfferMade], clock: FixedClock
) -> None:
    async with house.db.transaction() as tx:
        await set_policy(tx, Policy(60, 180, automatic=True))
    await waits(house, elena, "marco", priority="U")  # no letter reaches him
    await waits(house, elena, "giulia")
    slot = await slot_at(house, "2026-11-26 09:30")
    one = await booked(house, elena, slot, "luca")
    async with house.db.transaction() as tx:
        await cancel(house, tx, elena, one.id, CancelReason.PATIENT)
    assert letters == []  # no record was asked while the cancellation waited
    await house.jobs.run_due()
    assert len(letters) == 1  # Giulia's
    clock.advance(timedelta(minutes=61))
    await house.jobs.run_due()
    assert len(letters) == 1
    assert await tasks(house) == [slot]
    assert not await house.db.fetchval("select count(*) from scheduling.appointment where status = 'booked'")


async def test_coming_earlier_moves_the_visit_and_frees_the_old_time(house: House, elena: Actor) -> None:
    late = await slot_at(house, "2026-11-27 10:00")
    visit = await booked(house, elena, late)
    async with house.db.transaction() as tx:
        one = await waiting.earlier(house, tx, elena, visit.id, uuid7(), None)
    with pytest.raises(CannotWait):
        async with house.db.transaction() as tx:
            await waiting.earlier(house, tx, elena, visit.id, uuid7(), None)
    slot = await freed(house, elena)
    made = await offered(house, elena, one, slot)
    async with house.db.transaction() as tx:
        answer = await offering.accept(house, tx, elena, made.id)
    assert answer.appointment
    assert (answer.appointment.id, answer.appointment.slot) == (visit.id, slot)
    assert await status_of(house, late) == "free"


async def test_the_visit_that_should_be_earlier_was_cancelled_meanwhile(house: House, elena: Actor) -> None:
    visit = await booked(house, elena, await slot_at(house, "2026-11-27 10:00"))
    async with house.db.transaction() as tx:
        one = await waiting.earlier(house, tx, elena, visit.id, uuid7(), None)
    slot = await freed(house, elena)
    made = await offered(house, elena, one, slot)
    async with house.db.transaction() as tx:
        await cancel(house, tx, elena, visit.id, CancelReason.PATIENT)
    async with house.db.transaction() as tx:
        assert (await offering.accept(house, tx, elena, made.id)).outcome == "gone"
    assert await status_of(house, slot) == "free"


async def test_at_the_fhir_door_it_is_a_waitlist_with_a_period(house: House, elena: Actor) -> None:
    one = await waits(house, elena, priority="U")
    body = await house.db.fetchval("select body from scheduling.fhir_appointment where id = $1", str(one.id))
    assert (body["status"], body["priority"]) == ("waitlist", 1)
    assert body["requestedPeriod"] == [{"start": "2026-11-23"}]
    assert "start" not in body


async def test_from_the_wizard_and_the_staffs_screen(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor
) -> None:
    await sign_in(client, "supervisor", "marta", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="any")
    bad = await tab.say("time", action="wait", wait_until="2026-11-01", wait_reason="")
    assert bad.status_code == 422
    assert "Write the reason" in bad.text
    await tab.say("time", action="wait", wait_until="2026-12-31", wait_reason="Controllo", wait_day_2="yes",
                  wait_priority="B")  # fmt: skip
    assert "on the waiting list" in tab.answer.text
    slot = await freed(house, elena)
    page = (await client.get(PAGE)).text
    assert "Giulia Ferri" in page
    entry = UUID(str(await house.db.fetchval("select id from scheduling.waiting")))
    done = await client.post(f"{PAGE}/offers", data={"waiting": str(entry), "slot": str(slot)})
    assert done.status_code == 303
    assert "The patient said yes" in (await client.get(PAGE)).text
    again = await client.post(f"{PAGE}/offers", data={"waiting": str(entry), "slot": str(slot)})
    assert again.status_code == 409
    offer = await house.db.fetchval("select id from scheduling.offer")
    assert (await client.post(f"{PAGE}/offers/{offer}/accept")).status_code == 303
    assert await house.db.fetchval("select status from scheduling.appointment where id = $1", entry) == "booked"
    wrong = await client.post(f"{PAGE}/policy", data={"offer_minutes": "1", "lead_minutes": "x"})
    assert wrong.status_code == 422
    saved = await client.post(f"{PAGE}/policy", data={"offer_minutes": "90", "lead_minutes": "60", "automatic": "yes"})
    assert saved.status_code == 303
    assert await house.db.fetchval("select automatic from scheduling.waiting_policy")
