"""Background work ends when the house closes, also when it was woken in the very same moment."""

import asyncio

import pytest

from sportello.kit import tasks as room
from sportello.kit.house import House
from sportello.kit.tasks import Tasks, woken


async def test_jobs_stop_though_woken_in_the_same_moment(house: House) -> None:
    async with asyncio.timeout(10):
        for _ in range(5):
            await asyncio.sleep(0.05)  # it waits for its bell
            house.jobs._wake.set()
            await house.jobs.stop()
            await house.jobs.start(house)


async def test_a_wait_is_woken_or_over_or_cancelled() -> None:
    bell = asyncio.Event()
    assert not await woken(bell, 0.01)
    bell.set()
    assert await woken(bell, 5)
    bell.clear()
    waiting = asyncio.create_task(woken(bell, 5))
    await asyncio.sleep(0)
    bell.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_work_that_overhears_one_cancellation_hears_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ROUND", 0.01)
    deaf = Tasks()
    heard = 0

    async def work() -> None:
        nonlocal heard
        while heard < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    deaf.start(work())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await deaf.stop()
    assert heard == 3


async def test_work_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ROUND", 0.01)
    deaf, over = Tasks(), asyncio.Event()

    async def work() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    stubborn = deaf.start(work(), name="stubborn")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await deaf.stop()
    assert not stubborn.done()
    over.set()
    await stubborn
