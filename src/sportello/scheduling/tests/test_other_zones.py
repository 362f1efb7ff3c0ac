"""A place whose clock is another than the clinic's: its days and hours are its own, also when clocks change."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.planning import replan
from sportello.scheduling.searching import times
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.wizard_tab import Wizard

SignIn = Callable[..., Awaitable[Actor]]
AZORES, ROME = ZoneInfo("Atlantic/Azores"), ZoneInfo("Europe/Rome")
CHANGE = date(2027, 3, 28)  # a Sunday: clocks change at 00:00 in the Azores, which is 02:00 in Rome, at the same moment


@pytest.fixture
async def azores(house: House, clock: FixedClock) -> date:
    """Galli's place lies two hours west, works every day, mornings too; today is the day before clocks change."""
    clock.advance(datetime(2027, 3, 27, 7, tzinfo=UTC) - clock.now())
    hours = [{"weekday": day, "begins": begins, "ends": ends, "week": 0}
             for day in range(7) for begins, ends in (("00:30:00", "02:30:00"), ("11:00:00", "13:00:00"))]  # fmt: skip
    async with house.db.transaction() as tx:
        await tx.execute("update scheduling.location set zone = 'Atlantic/Azores' where id = 'mare'")
        await tx.execute("update scheduling.schedule set hours = $1 where id = 'galli-mare'", hours)
        await replan(tx, "galli-mare", clock.now())
    return CHANGE


async def test_days_and_parts_of_the_day_are_the_places(house: House, azores: date) -> None:
    what = Wanted("heart-check", practitioner="galli")
    now = house.clock.now()
    async with house.db.transaction() as tx:
        on_the_day = (await times(tx, what, azores, "", now, ROME)).days[0]
        mornings = (await times(tx, what, azores, "morning", now, ROME)).days[0]
        afternoons = (await times(tx, what, azores, "afternoon", now, ROME)).days[0]
        sundays = (await times(tx, what, azores - timedelta(days=1), "", now, ROME, weekday=7)).days[0]
        virtual = (await times(tx, what, azores, "", now, ROME, virtual=True)).days[0]
    walls = [f"{slot.starts.astimezone(AZORES):%H:%M}" for slot in on_the_day.slots]
    # 00:00 to 01:00 is skipped: what opens at half past midnight opens at one.
    assert walls == ["01:00", "01:30", "02:00", "11:00", "11:30", "12:00", "12:30"]
    assert on_the_day.date == sundays.date == azores
    assert [f"{slot.starts.astimezone(AZORES):%H:%M}" for slot in mornings.slots] == walls[:5]
    assert [f"{slot.starts.astimezone(AZORES):%H:%M}" for slot in afternoons.slots] == ["12:00", "12:30"]
    assert {slot.starts.astimezone(ROME).date() for slot in virtual.slots} == {azores}


async def test_a_day_that_is_already_over_in_rome(house: House, clock: FixedClock, azores: date) -> None:
    """Twenty to midnight in the Azores is the next day in Rome; the day that was asked for is the place's."""
    async with house.db.transaction() as tx:
        await tx.execute(
            "update scheduling.schedule set hours = $1 where id = 'galli-mare'",
            [{"weekday": 6, "begins": "23:00:00", "ends": "23:59:00", "week": 0}],
        )
        await replan(tx, "galli-mare", clock.now())
        found = await times(tx, Wanted("heart-check", practitioner="galli"), azores, "evening", clock.now(), ROME)
    assert found.days[0].date == azores
    assert found.days[0].slots[0].starts.astimezone(ROME).date() == azores + timedelta(days=1)


async def test_the_wizard_the_visit_and_the_calendar_show_its_clock(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, azores: date
) -> None:
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", who="practitioner:galli")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="mare")
    await tab.say("time", day=azores.isoformat(), part="afternoon", action="search")
    slot = await house.db.fetchval(
        "select id from scheduling.slot where schedule = 'galli-mare' and starts = $1",
        datetime.combine(azores, datetime.min.time().replace(hour=12), tzinfo=AZORES),
    )
    assert f'value="{slot}"><span class="number">12:00</span> <span class="soft small">(Azores time)' in tab.answer.text
    await tab.say("time", slot=str(slot))
    assert '<span class="number">12:00</span>' in tab.answer.text
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    assert '<span class="number">12:00–12:30</span> <span class="soft small">(Azores time)' in tab.answer.text
    await tab.say("review", action="schedule")
    assert "12:00–12:30" in tab.answer.text
    shown = await client.get(f"/desk/scheduling/calendar?day={azores}&location=mare")
    assert "All times on this page are Azores time." in shown.text
    assert '<th scope="row" class="number">12:00</th>' in shown.text
    assert "14:00" not in shown.text
    elsewhere = await client.get(f"/desk/scheduling/calendar?day={azores}&location=centro")
    assert "All times on this page" not in elsewhere.text
