"""What is told of the hospital's own bot: which talks it has and when it answered; outages, each told once."""

import asyncio
from datetime import timedelta

from sportello.adapters.outside_bots import store, watched
from sportello.adapters.outside_bots.tests.conftest import Comes
from sportello.adapters.outside_bots.tests.fake import Fake
from sportello.bots.monitoring import Monitoring, Outages, OwnBot, OwnBotDown, OwnTalk
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def test_a_talk_with_it_is_seen_with_its_last_answer(comes: Comes, fake: Fake, house: House) -> None:
    rosa = await comes()
    await rosa.write("ciao")
    await rosa.reads("Ha detto: ciao")
    seen = await house.port(Monitoring).standing(house, house.db, [rosa.conversation], "it")
    told = seen[rosa.conversation]
    assert isinstance(told, OwnTalk)
    assert told.answered_at
    assert (told.waiting_since, told.trouble) == (None, "")
    await house.db.run(lambda tx: store.set_trouble(tx, "unreachable"))
    seen = await house.port(Monitoring).standing(house, house.db, [rosa.conversation], "it")
    assert seen[rosa.conversation].trouble.startswith("The bot cannot be reached")
    await rosa.write("ancora")
    await rosa.reads("Ha detto: ancora")
    assert not await store.trouble(house.db), "what works again is in trouble no longer"
    await rosa.write("voglio parlare con una persona")
    await rosa.is_("queued")
    assert not await house.port(Monitoring).standing(house, house.db, [rosa.conversation], "it")


async def test_an_outage_is_told_once_and_counted_until_it_ends(house: House, comes: Comes, fake: Fake) -> None:
    rosa = await comes()
    await rosa.write("ciao")
    await rosa.reads("Ha detto: ciao")
    heard: list[OwnBotDown] = []

    async def hear(_house: House, _tx: Transaction, down: OwnBotDown) -> None:
        heard.append(down)

    house.news.subscribe(OwnBotDown, hear)
    await asyncio.gather(*(watched.down(house, "unreachable") for _ in range(3)))
    assert heard == [OwnBotDown("unreachable")]
    began = house.clock.now()
    since, later = began - timedelta(days=1), began + timedelta(seconds=60)
    during = await house.port(OwnBot).outages(house.db, since, later)
    assert during
    assert during.down_now
    assert 55 <= during.seconds <= 65
    await watched.back(house)
    after = await house.port(OwnBot).outages(house.db, since, later)
    assert after
    assert (after.times, after.down_now, after.seconds <= 5) == (1, False, True)
    assert await house.port(OwnBot).outages(house.db, later, later + timedelta(1)) == Outages(0, 0, False, 0)
    await watched.down(house, "failed")
    assert len(heard) == 2
