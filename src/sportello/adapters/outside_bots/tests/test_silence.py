"""A patient who falls silent with a bot elsewhere is reminded, then let go, as with the embedded assistant."""

from datetime import timedelta

from sportello.adapters.outside_bots.tests.conftest import Comes, Patient, until
from sportello.adapters.outside_bots.tests.fake import Fake
from sportello.kit.clock import FixedClock
from sportello.kit.house import House

REMINDED, CLOSED = "È ancora qui", "Chiudo la conversazione"


async def after(house: House, minutes: int) -> None:
    house.clock = house.jobs._clock = FixedClock(house.clock.now() + timedelta(minutes=minutes))
    await house.jobs.run_due()


def heard(rosa: list[str], words: str) -> int:
    return sum(one.startswith(words) for one in rosa)


async def test_whoever_falls_silent_is_reminded_and_then_let_go(house: House, comes: Comes, fake: Fake) -> None:
    rosa: Patient = await comes(remind_minutes=5, close_minutes=3)
    await rosa.write("ciao")
    await rosa.reads("Ha detto: ciao")
    await after(house, 4)
    assert heard(await rosa.seen(), REMINDED) == 0
    await after(house, 2)
    assert heard(await rosa.seen(), REMINDED) == 1
    await after(house, 2)
    assert await rosa.state() == "bot"
    await rosa.write("eccomi")
    await rosa.reads("Ha detto: eccomi")
    await after(house, 4)
    assert (await rosa.state(), heard(await rosa.seen(), REMINDED)) == ("bot", 1), "it counts anew"
    await after(house, 2)
    await after(house, 4)
    assert heard(await rosa.seen(), REMINDED) == 2
    assert heard(await rosa.seen(), CLOSED) == 1
    talk = await rosa.is_("closed")
    assert talk.ended_by == "bot"

    async def told() -> bool:
        return any(one["type"] == "endOfConversation" for one in fake.received)

    await until(told)


async def test_who_never_wrote_is_let_go_and_zero_is_never(house: House, comes: Comes, fake: Fake) -> None:
    fake.welcome = []
    rosa, ugo = await comes(remind_minutes=0, close_minutes=30), await comes(remind_minutes=0, close_minutes=0)
    await after(house, 31)
    await rosa.is_("closed")
    await after(house, 3000)
    assert await ugo.state() == "bot"
    assert heard(await ugo.seen(), REMINDED) == 0
