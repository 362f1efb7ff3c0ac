"""Many hands at once: fifty tabs on one time, and long random days after which the calendar must still be true."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import holding
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.holding import HoldEnded
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard

ECG = Wanted("ecg")
_REFUSALS = (SlotTaken, PatientBusy, HoldEnded, IllegalMove, CannotMove)


async def test_fifty_tabs_pick_one_time(
    house: House, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    await sign_in(client, "agent", language="en")
    slot = await slot_at(house, "2026-11-24 09:30")
    tabs = []
    for number in range(50):
        tab = await Wizard(client).begin(conversation=f"0198f2f0-0000-7000-8000-0000000000{number:02}")
        await tab.say("who", who="practitioner:bassi")
        await tab.say("type", type="ecg|in_person")
        await tab.say("place", place="any")
        tabs.append(tab)
    answers = await asyncio.gather(*(tab.say("time", slot=str(slot)) for tab in tabs))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    assert all("taken a moment ago" in answer.text for answer in answers if answer.status_code == 409)
    (winner,) = [tab for tab in tabs if tab.answer.status_code == 200]
    await winner.say("time", action="next")
    await winner.say("reason", reason="Controllo")
    await asyncio.gather(*(winner.say("review", action="schedule") for _ in range(10)))
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1


@pytest.mark.parametrize("seed", range(6))
async def test_after_a_random_day_every_status_follows_from_the_claims(
    house: House, elena: Actor, clock: FixedClock, seed: int
) -> None:
    dice = random.Random(seed)
    slots = [
        await slot_at(house, f"2026-11-24 {wall}", schedule)
        for schedule, walls in [
            ("bassi-centro", ("09:00", "09:30", "10:00", "10:30")),
            ("bassi-short", ("09:00", "09:20", "09:40", "10:00", "10:20")),
            ("galli-mare", ("14:00", "14:30")),
        ]
        for wall in walls
    ]
    made: list[UUID] = []

    async def one_hand(number: int) -> None:
        owner, slot, patient = f"w{dice.randrange(6)}", dice.choice(slots), f"p{dice.randrange(5)}"
        match dice.randrange(6):
            case 0 | 1:
                await house.db.run(lambda tx: holding.hold(house, tx, owner, slot, ECG, "staff"))
            case 2:
                one = await booked(house, elena, slot, patient, wanted=ECG, owner=owner)
                made.append(one.id)
            case 3 if made:
                which, reason = dice.choice(made), CancelReason.PATIENT
                await house.db.run(lambda tx: cancel(house, tx, elena, which, reason))
            case 4 if made:
                change = Move(dice.choice(made), slot, owner=owner)
                await house.db.run(lambda tx: move(house, tx, elena, change))
            case 5:
                await house.db.run(lambda tx: holding.renew(house, tx, owner))

    for _ in range(12):
        results = await asyncio.gather(*(one_hand(number) for number in range(8)), return_exceptions=True)
        assert not [one for one in results if one is not None and not isinstance(one, _REFUSALS)]
        clock.advance(timedelta(minutes=dice.choice((0, 1, 3, 6))))
        await house.jobs.run_due()
        wrong = await house.db.fetch(
            """
            select s.id, s.status, count(c.id) as claims, bool_or(c.appointment is not null) as booked
            from scheduling.slot s left join scheduling.claim c
                 on c.actor = 'practitioner:' || s.practitioner and c.during && tstzrange(s.starts, s.ends)
            group by s.id having s.status <> case when bool_or(c.appointment is not null) then 'busy'
                                                  when count(c.id) > 0 then 'busy-tentative' else 'free' end
            """
        )
        assert not wrong
        doubled = await house.db.fetchval(
            "select count(*) from scheduling.appointment a join scheduling.appointment b on a.id < b.id"
            " and a.practitioner = b.practitioner and tstzrange(a.starts, a.ends) && tstzrange(b.starts, b.ends)"
            " where a.status = 'booked' and b.status = 'booked'"
        )
        assert doubled == 0
    assert made
