"""The outage drill: bots on their own servers fail in every way; the service refuses, is down, and comes back."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.tests.conftest import Comes, until
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.adapters.outside_bots.tests.fake_own_server import OwnServer
from sportello.adapters.outside_bots.tests.test_outages import BAD, RAW, TERMS, alone, never_raw_and_never_twice
from sportello.bots.monitoring import OwnBotBack, OwnBotDown
from sportello.kit.breaker import OPEN_FOR
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.settings import Server

TROUBLES = ("dead", "hangs", "silent", "502", "401", "page", "nonsense", "raw exception", "flood")
MARGIN = 6.0  # seconds beyond the patience, on a machine that does a dozen other things


def goes_wrong(bot: OwnServer, trouble: str) -> None:
    """From now on the bot fails in this way."""
    if trouble == "hangs":
        bot.hangs = 30
    elif trouble == "502":
        bot.status = 502
    elif trouble == "401":
        bot.status = 401
    elif trouble == "page":
        bot.page = True
    said: dict[str, list[dict[str, Any]]] = {
        "silent": [], "nonsense": [*BAD, {"type": "message", "suggestedActions": 4, "from": "me"}],
        "raw exception": [words(RAW)], "flood": [words(f"bla {n}") for n in range(40)],
    }  # fmt: skip
    if trouble in said:
        bot.answer = lambda _: said[trouble]


async def test_bots_on_their_own_servers_in_every_kind_of_trouble(comes: Comes, house: House, server: str) -> None:
    """The patient is never alone longer than was set, never sees a raw error, and nothing is told or sent twice."""
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=server))
    async with AsyncExitStack() as stack:
        bots, patients = {}, {}
        for trouble in TROUBLES:
            inner = await stack.enter_async_context(AsyncExitStack())
            bots[trouble] = (await inner.enter_async_context(OwnServer().served()), inner)
            rosa = await comes(kind="connector", base_url=bots[trouble][0].base, secret="", **TERMS)
            await rosa.write("ciao")
            await rosa.reads("Ha detto: ciao")
            patients[trouble] = rosa
        for trouble, (bot, inner) in bots.items():
            goes_wrong(bot, trouble)
            if trouble == "dead":
                await inner.aclose()
        waiting = {one: asyncio.create_task(alone(rosa)) for one, rosa in patients.items()}
        for trouble, task in waiting.items():
            assert await task < TERMS["patience"] + MARGIN, trouble
            await never_raw_and_never_twice(patients[trouble])
            assert bots[trouble][0].texts().count("a che ora aprite?") <= 1, trouble
        assert len(await patients["flood"].seen()) <= 17


async def test_odd_answers_of_a_bot_on_its_own_server_are_read(comes: Comes, house: House, server: str) -> None:
    house.settings = msgspec.structs.replace(house.settings, server=Server(public_url=server))
    async with OwnServer().served() as bot:
        bot.charset, bot.answer = "cp1252", lambda said: [words(f"È così: {said.get('text')}"), words("sì " * 20_000)]
        rosa = await comes(kind="connector", base_url=bot.base, secret="", hold=5, patience=20)
        await rosa.write("perché?")
        await rosa.reads("È così: perché?")
        await rosa.reads("sì sì sì")
        assert len((await rosa.seen())[-1]) < 4_000
        assert await rosa.state() == "bot"


async def test_after_three_failures_others_have_the_conversations_and_everybody_is_told(
    comes: Comes, fake: Fake, house: House
) -> None:
    news: list[Any] = []

    async def hear(_house: House, _tx: Transaction, one: Any) -> None:
        news.append(one)

    for kind in (OwnBotDown, OwnBotBack):
        house.news.subscribe(kind, hear)
    fake.begin_status = 503
    for n in range(3):
        rosa = await comes(patience=4, hold=1)
        assert await alone(rosa, f"buongiorno {n}") < 4 + MARGIN
    relay: Relay = house.port(Relay)
    assert relay.breaker.is_open(house.clock.now())
    assert news == [OwnBotDown("failed")], "once, however many patients met it"
    ugo = await comes(patience=4, hold=1)
    await ugo.write("buongiorno")
    await ugo.reads("In cosa posso aiutarla?")
    assert len(fake.begun) == 3, "nobody else is sent to it"
    fake.begin_status = 201
    house.clock = FixedClock(house.clock.now() + OPEN_FOR)
    await relay.probe()
    assert [type(one) for one in news] == [OwnBotDown, OwnBotBack]
    assert not await store.trouble(house.db)
    anna = await comes(patience=20, hold=5)
    await anna.write("rieccomi")
    await anna.reads("Ha detto: rieccomi")


async def test_a_wrong_secret_is_told_to_the_administrator(
    comes: Comes, fake: Fake, house: House, client: Any, sign_in: Any
) -> None:
    rosa = await comes(**TERMS)
    await rosa.write("ciao")
    await rosa.reads("Ha detto: ciao")
    fake.status = 403
    assert await alone(rosa) < TERMS["patience"] + MARGIN

    async def known() -> bool:
        return await store.trouble(house.db) == "refused"

    await until(known)
    await sign_in(client, "administrator", language="en")
    assert "the secret is wrong" in (await client.get("/desk/own-bot")).text
