"""The bot dead, slow, silent, talking nonsense, returning raw exceptions, replaying history: the patient is never left
alone longer than configured, never sees a raw error, and never sees a message twice.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.tests.conftest import Comes, Patient, until
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.kit.breaker import Breaker
from sportello.kit.house import House

TERMS = {"hold": 1, "patience": 2}
RAW = "Exception caught : 'NoneType' object has no attribute 'text'"


async def alone(rosa: Patient, text: str = "a che ora aprite?") -> float:
    """Writes, and answers after how many seconds a person was called."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    await rosa.write(text)
    await rosa.is_("queued", 12)
    return loop.time() - started


async def never_raw_and_never_twice(rosa: Patient) -> None:
    seen = await rosa.seen()
    assert len(seen) == len(set(seen)), seen
    assert not any(bad in one for one in seen for bad in ("Exception", "Traceback", "error", "502")), seen


async def test_a_dead_bot_is_noticed_at_once(comes: Comes, fake: Fake) -> None:
    rosa = await comes(base_url="http://127.0.0.1:9/v3/directline", **TERMS)
    assert await alone(rosa) < 4.5
    assert (await rosa.talk()).reason in ("bot-down", "bot-error")
    await never_raw_and_never_twice(rosa)


async def test_a_silent_bot_has_its_time_and_no_more(comes: Comes, fake: Fake) -> None:
    fake.answer = lambda said: [{"type": "typing", "from": {"role": "bot"}}]
    rosa = await comes(**TERMS)
    assert 1.5 < await alone(rosa) < 4
    seen = await rosa.seen()
    assert any("Un momento" in one or "Un attimo" in one for one in seen), seen
    assert (await rosa.talk()).reason == "bot-timeout"
    assert fake.texts() == ["a che ora aprite?"]
    fake.say(words("Ecco la risposta, tardi"))
    async with asyncio.timeout(8):
        while not any("tardi" in one for one in await rosa.notes()):
            await asyncio.sleep(0.05)
    assert not any("tardi" in one for one in await rosa.seen())
    await never_raw_and_never_twice(rosa)


async def test_a_slow_bot_is_waited_for_with_one_line(comes: Comes, fake: Fake) -> None:
    fake.delay = 1.8
    rosa = await comes(hold=1, patience=20)
    await rosa.write("ciao")
    await rosa.reads("Ha detto: ciao")
    seen = await rosa.seen()
    assert len(seen) == 3, seen
    assert await rosa.state() == "bot"


BAD: list[Any] = [{"type": 3}, {"type": "message", "text": {"a": 1}}, {"type": "message", "attachments": "x"}]
TROUBLES = (
    "502", "garbage", "giant", "page", "shapes", "raw exception", "flood", "forgotten", "wrong secret", "expired token",
    "history",
)  # fmt: skip


async def goes_wrong(fake: Fake, trouble: str) -> None:
    """From now on the bot fails in this way."""
    if trouble == "502":
        fake.status, fake.answer = 502, lambda said: []
    elif trouble == "garbage":
        fake.raw, fake.refuses_sockets = "<html>gateway</html>", True
        await fake.drop()
    elif trouble == "giant":
        fake.raw, fake.refuses_sockets = json.dumps({"activities": [], "x": "x" * 5_000_000}), True
        await fake.drop()
    elif trouble == "page":
        fake.page = True
    elif trouble == "shapes":
        fake.answer = lambda said: [*BAD, {"type": "message", "suggestedActions": 4, "from": "me", "channelData": []}]
    elif trouble == "raw exception":
        fake.answer = lambda said: [words(RAW)]
    elif trouble == "flood":
        fake.answer = lambda said: [words(f"bla {n}") for n in range(40)]
    elif trouble == "forgotten":
        fake.forgets = True
    elif trouble == "wrong secret":
        fake.status = 403
    elif trouble == "expired token":
        fake.expired = True
    elif trouble == "history":
        fake.replays, fake.answer = True, lambda said: []
        await fake.drop()


async def test_every_other_way_to_fail(comes: Comes, house: House) -> None:
    """Eleven patients at once, each with a bot that worked until now."""
    async with AsyncExitStack() as stack:
        bots = {trouble: await stack.enter_async_context(Fake().served()) for trouble in TROUBLES}
        patients = {}
        for trouble, fake in bots.items():
            own_token = {"secret": "", "token_endpoint": f"{fake.base}/token"} if trouble == "expired token" else {}
            patients[trouble] = rosa = await comes(base_url=fake.base, **TERMS, **own_token)
            await rosa.write("ciao")
            await rosa.reads("Ha detto: ciao")
        for trouble, fake in bots.items():
            await goes_wrong(fake, trouble)
        waited = await asyncio.gather(*(alone(rosa) for rosa in patients.values()))
        for (trouble, rosa), seconds in zip(patients.items(), waited, strict=True):
            assert seconds < 6, trouble
            await never_raw_and_never_twice(rosa)
            assert bots[trouble].texts().count("a che ora aprite?") <= 1, f"{trouble}: nothing is sent twice"
        assert len(await patients["flood"].seen()) <= 16
    steps = [line["what"] for line in await store.trace(house.db, 300)]
    assert "refused" in steps


async def test_odd_answers_are_read_as_well_as_they_can_be(comes: Comes, fake: Fake) -> None:
    """In another charset, of a length that nobody reads, through sockets that break within a word."""
    fake.charset, fake.tears = "iso-8859-1", True
    fake.answer = lambda said: [words(f"Perché no? Sì: {said.get('text')}"), words("più " * 20_000)]
    rosa = await comes(hold=5, patience=20)
    for n in range(2):
        await rosa.write(f"domanda {n}")
        await rosa.reads(f"Perché no? Sì: domanda {n}")
    fake.tears = False
    await rosa.write("ultima")
    await rosa.reads("Perché no? Sì: ultima")

    async def all_said() -> bool:
        return len(await rosa.seen()) == 7

    await until(all_said)
    seen = await rosa.seen()
    assert [one[:24] for one in seen[1::2]] == [
        f"Perché no? Sì: {one}"[:24] for one in ("domanda 0", "domanda 1", "ultima")
    ]
    assert {len(one) for one in seen[2::2]} == {3_899}, "cut to what can be read, each of the three once"
    assert await rosa.state() == "bot"


async def test_words_on_their_way_in_a_crash_are_not_sent_again(comes: Comes, fake: Fake, house: House) -> None:
    rosa = await comes(**TERMS)
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    fake.slow_post = 30
    await rosa.write("due")
    async with asyncio.timeout(5):
        while "due" not in fake.texts():
            await asyncio.sleep(0.02)
    for task in [t for t in house.tasks._running if t.get_name() == "outside bot"]:
        task.cancel()
    await asyncio.sleep(0.1)
    house.port(Relay).wake(rosa.conversation)
    await rosa.is_("queued", 9)
    assert fake.texts() == ["uno", "due"]
    await never_raw_and_never_twice(rosa)


async def test_while_the_bot_is_down_others_go_to_the_assistant_or_to_people(
    comes: Comes, fake: Fake, house: House
) -> None:
    breaker: Breaker = house.port(Relay).breaker
    for _ in range(3):
        breaker.failed(house.clock.now())
    rosa = await comes()
    await rosa.write("Buongiorno")
    await rosa.reads("In cosa posso aiutarla?")
    assert not fake.begun
    ugo = await comes(fallback="person", base_url="http://127.0.0.1:9/v3/directline")
    assert await alone(ugo) < 6
    assert breaker.is_open(house.clock.now())
    assert breaker.should_probe(house.clock.now() + timedelta(seconds=500))
