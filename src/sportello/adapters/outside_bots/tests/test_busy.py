"""A bot that is asked too often (429) is left alone as long as it says; no patient waits longer for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from math import inf
from typing import Any

import msgspec
import pytest

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.tests.conftest import Comes, Patient
from sportello.adapters.outside_bots.tests.fake import Fake
from sportello.adapters.outside_bots.tests.fake_own_server import OwnServer
from sportello.adapters.outside_bots.tests.test_outages import alone, never_raw_and_never_twice
from sportello.kit.house import House
from sportello.kit.settings import Server

WORDS = "a che ora aprite?"


@pytest.fixture(params=[("generic", Fake), ("connector", OwnServer)], ids=["direct line", "own server"])
async def bots(
    request: pytest.FixtureRequest, house: House, server: str, comes: Comes
) -> AsyncIterator[dict[str, tuple[Any, Patient]]]:
    """Bots that spoke until now, each with a patient of its own."""
    kind, made = request.param
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=server))
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("seconds", "date", "unsaid", "for ever", "for hours"):
            bot: Any = await stack.enter_async_context(made().served())
            rosa = await comes(kind=kind, base_url=bot.base, hold=1, patience=3 if name.startswith("for") else 20)
            await rosa.write("ciao")
            await rosa.reads("Ha detto: ciao")
            found[name] = (bot, rosa)
        yield found


def is_busy(bot: Any, times: float, seconds: int, *, as_date: bool = False) -> None:
    bot.busy.times, bot.busy.seconds, bot.busy.as_date = times, seconds, as_date


async def test_a_busy_bot_is_left_alone_and_nobody_waits_too_long(
    house: House, comes: Comes, bots: dict[str, tuple[Any, Patient]]
) -> None:
    is_busy(bots["seconds"][0], 2, 1)
    is_busy(bots["date"][0], 1, 1, as_date=True)
    is_busy(bots["unsaid"][0], 1, 0)
    is_busy(bots["for ever"][0], inf, 1)
    is_busy(bots["for hours"][0], inf, 7_200, as_date=True)
    waiting = {name: asyncio.create_task(alone(bots[name][1], WORDS)) for name in ("for ever", "for hours")}
    for name in ("seconds", "date", "unsaid"):
        bot, rosa = bots[name]
        began = asyncio.get_running_loop().time()
        await rosa.write(WORDS)
        await rosa.reads(f"Ha detto: {WORDS}")
        assert bot.texts() == ["ciao", WORDS], "told once, however often it was refused"
        assert bot.busy.told == bot.busy.times
        if name == "seconds":
            assert asyncio.get_running_loop().time() - began > 1.9, "as long as it says"
        assert await rosa.state() == "bot"
    assert await waiting["for hours"] < 2, "a pause longer than a patient waits is not begun"
    assert 1.9 < await waiting["for ever"] < 3 + 4
    for name in waiting:
        bot, rosa = bots[name]
        assert (await rosa.talk()).reason in ("bot-error", "bot-timeout")
        assert WORDS not in bot.texts()
        assert bot.busy.told <= 5, "it is not pressed"
    for _, rosa in bots.values():
        await never_raw_and_never_twice(rosa)
    assert "busy" in [line["what"] for line in await store.trace(house.db, 300)]

    bot = bots["for hours"][0]
    asked = bot.busy.told
    bot.busy.times = 0
    kind = "generic" if isinstance(bot, Fake) else "connector"
    anna = await comes(kind=kind, base_url=bot.base, hold=1, patience=3)
    assert await alone(anna, WORDS) < 3 + 4
    assert bot.busy.told == asked
    assert bot.texts() == ["ciao"], "another patient's words leave it alone too"


async def test_a_service_that_is_read_too_often_is_read_again_later(comes: Comes, fake: Fake) -> None:
    fake.refuses_sockets = True
    rosa = await comes(hold=5, patience=20)
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    fake.busy_reads.times = 2
    await rosa.write("due")
    await rosa.reads("Ha detto: due")
    assert fake.busy_reads.told == 2
    assert fake.texts() == ["uno", "due"]
    await never_raw_and_never_twice(rosa)
