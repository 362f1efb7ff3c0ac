"""What was asked of a language model leaves the record after ninety days, by itself."""

import asyncio
from datetime import timedelta

from sportello.bots.language_model import asking
from sportello.bots.store import language_model as store
from sportello.kit.house import House


async def test_a_running_house_forgets_calls_after_ninety_days(house: House) -> None:
    now = house.clock.now()
    call = store.Asked(None, "route", "used", 12, "small", "a" * 64, "b" * 64)
    await store.add_call(house.db, call, now - asking.KEPT - timedelta(minutes=1))
    await store.add_call(house.db, call, now - asking.KEPT + timedelta(minutes=1))
    house.tasks.start(asking.keep_forgetting(house), name="the test's forgetting")
    async with asyncio.timeout(10):
        while sum((await store.counts(house.db, now - 2 * asking.KEPT)).get("route", {}).values()) != 1:
            await asyncio.sleep(0.02)
    assert await store.counts(house.db, now - asking.KEPT) == {"route": {"used": 1}}
