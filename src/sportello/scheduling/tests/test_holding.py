"""Holds: one at a time for each owner, five minutes, renewable to fifteen, gone by themselves."""

from datetime import timedelta

import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import holding
from sportello.scheduling.holding import HoldEnded
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import slot_at, status_of

HEART = Wanted("heart-check")
ECG = Wanted("ecg")


async def _hold(house: House, owner: str, slot: int, wanted: Wanted = HEART) -> None:
    await house.db.run(lambda tx: holding.hold(house, tx, owner, slot, wanted, "staff:elena"))


async def test_a_held_slot_is_tentative_and_refused_to_others(house: House) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await _hold(house, "elena", slot)
    assert await status_of(house, slot) == "busy-tentative"
    with pytest.raises(SlotTaken):
        await _hold(house, "davide", slot)


async def test_times_that_overlap_are_taken_together(house: House) -> None:
    long = await slot_at(house, "2026-11-24 09:30")
    for wall in ("2026-11-24 09:20", "2026-11-24 09:40"):
        short = await slot_at(house, wall, "bassi-short")
        await _hold(house, "elena", long)
        assert await status_of(house, short) == "busy-tentative"
        with pytest.raises(SlotTaken):
            await _hold(house, "davide", short, ECG)
    free = await slot_at(house, "2026-11-24 10:00", "bassi-short")
    assert await status_of(house, free) == "free"


async def test_another_pick_gives_the_first_one_back(house: House) -> None:
    first, second = await slot_at(house, "2026-11-24 09:30"), await slot_at(house, "2026-11-24 10:30")
    await _hold(house, "elena", first)
    await _hold(house, "elena", second)
    assert (await status_of(house, first), await status_of(house, second)) == ("free", "busy-tentative")


async def test_a_lost_race_keeps_the_time_already_held(house: House) -> None:
    first, second = await slot_at(house, "2026-11-24 09:30"), await slot_at(house, "2026-11-24 10:30")
    await _hold(house, "elena", first)
    await _hold(house, "davide", second)
    with pytest.raises(SlotTaken):
        await _hold(house, "elena", second)
    assert await status_of(house, first) == "busy-tentative"
    async with house.db.transaction() as tx:
        kept = await holding.held(house, tx, "elena")
    assert kept
    assert kept.slot == first


async def test_a_hold_ends_by_itself(house: House, clock: FixedClock) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await _hold(house, "elena", slot)
    clock.advance(timedelta(minutes=4, seconds=59))
    await house.jobs.run_due()
    assert await status_of(house, slot) == "busy-tentative"
    clock.advance(timedelta(seconds=2))
    await house.jobs.run_due()
    assert await status_of(house, slot) == "free"


async def test_an_expired_hold_is_taken_by_another_before_any_job_ran(house: House, clock: FixedClock) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await _hold(house, "elena", slot)
    clock.advance(timedelta(minutes=6))
    await _hold(house, "davide", slot)
    await house.jobs.run_due()
    assert await status_of(house, slot) == "busy-tentative"
    with pytest.raises(HoldEnded):
        await house.db.run(lambda tx: holding.renew(house, tx, "elena"))


async def test_renewing_lasts_fifteen_minutes_at_most(house: House, clock: FixedClock) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await _hold(house, "elena", slot)
    for _ in range(3):
        clock.advance(timedelta(minutes=4))
        kept = await house.db.run(lambda tx: holding.renew(house, tx, "elena"))
    assert kept.expires_at == kept.taken_at + timedelta(minutes=15)
    clock.advance(timedelta(minutes=3))
    await house.jobs.run_due()
    assert await status_of(house, slot) == "free"


async def test_what_expired_while_no_server_ran_is_freed_at_the_start(house: House, clock: FixedClock) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await _hold(house, "elena", slot)
    clock.advance(timedelta(hours=1))
    await holding.sweep(house)
    assert await status_of(house, slot) == "free"


@pytest.mark.parametrize("wanted", [Wanted("skin-check"), Wanted("heart-check", practitioner="galli"), Wanted("")])
async def test_a_slot_that_does_not_offer_it_cannot_be_held(house: House, wanted: Wanted) -> None:
    with pytest.raises(SlotTaken):
        await _hold(house, "elena", await slot_at(house, "2026-11-24 09:30"), wanted)


async def test_a_past_time_cannot_be_held(house: House, clock: FixedClock, elena: Actor) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    clock.advance(timedelta(days=2))
    with pytest.raises(SlotTaken):
        await _hold(house, elena.id, slot)
