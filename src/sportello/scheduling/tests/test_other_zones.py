"""A place whose clock is another than the clinic's: its days and hours are its own, also when clocks change."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import waiting
from sportello.scheduling.codes import Channel
from sportello.scheduling.planning import replan
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.searching import times
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.store.waiting import Waiting
from sportello.scheduling.tests.test_booking import booked
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


async def at_sea(house: House, wall: str) -> int:
    """The slot of Galli's place at a wall time of the Azores."""
    starts = datetime.fromisoformat(wall).replace(tzinfo=AZORES)
    found = await house.db.fetchval(
        "select id from scheduling.slot where schedule = 'galli-mare' and starts = $1", starts
    )
    return int(found)


async def test_a_wish_is_about_the_days_of_the_place(
    house: House, elena: Actor, clock: FixedClock, azores: date
) -> None:
    """01:00 of the Sunday there is 03:00 in Rome; 23:00 of the Saturday is Sunday in Rome already; noon is 14:00."""
    late = [{"weekday": 5, "begins": "22:30:00", "ends": "23:30:00", "week": 0}]
    hours = await house.db.fetchval("select hours from scheduling.schedule where id = 'galli-mare'")
    async with house.db.transaction() as tx:
        await tx.execute("update scheduling.schedule set hours = $1 where id = 'galli-mare'", [*hours, *late])
        await replan(tx, "galli-mare", clock.now())
    noon = await at_sea(house, "2027-03-28 11:30")
    evening = await at_sea(house, "2027-03-27 23:00")

    async def suits(slot: int, **wish: Any) -> bool:
        async with house.db.transaction() as tx:
            await tx.execute("delete from scheduling.waiting")
            one = Waiting(
                id=uuid7(), patient="giulia", service="heart-check", reason="Controllo", created_at=clock.now(),
                **({"from_day": azores - timedelta(days=1)} | wish),
            )  # fmt: skip
            await store.add(tx, one, "test")
            return bool(await store.candidates(tx, slot, "Europe/Rome", 1))

    saturday = azores - timedelta(days=1)
    assert await suits(evening, until_day=saturday, weekdays=(6,))
    assert not await suits(evening, from_day=azores)
    assert not await suits(evening, weekdays=(7,))
    assert await suits(evening, weekdays=(7,), channel=Channel.VIRTUAL)
    assert await suits(evening, from_day=azores, part="morning", channel=Channel.VIRTUAL)
    assert await suits(noon, part="morning")
    assert not await suits(noon, part="afternoon")
    assert await suits(noon, part="afternoon", channel=Channel.VIRTUAL)


async def test_a_wish_ends_when_its_day_is_over_there(house: House, elena: Actor, clock: FixedClock) -> None:
    clock.advance(datetime(2027, 3, 27, 22, 30, tzinfo=UTC) - clock.now())  # 23:30 in Rome, 21:30 in the Azores
    await house.db.execute("update scheduling.location set zone = 'Atlantic/Azores' where id = 'mare'")
    places = {"mare": Channel.IN_PERSON, "centro": Channel.IN_PERSON, "": Channel.VIRTUAL}
    async with house.db.transaction() as tx:
        for place, channel in places.items():
            one = Waiting(
                id=uuid7(), patient=f"at {place}", service="heart-check", reason="Controllo", location=place,
                channel=channel, from_day=date(2027, 3, 27), until_day=date(2027, 3, 27), created_at=clock.now(),
            )  # fmt: skip
            await store.add(tx, one, "test")

    async def still() -> set[str]:
        async with house.db.transaction() as tx:
            await waiting.expire(house, tx)
        return {row["patient"] for row in await house.db.fetch(
            "select patient from scheduling.waiting where state = 'waiting'")}  # fmt: skip

    assert await still() == {"at mare", "at centro", "at "}
    clock.advance(timedelta(hours=1))
    assert await still() == {"at mare"}
    clock.advance(timedelta(hours=2))  # half past one in Rome, half past midnight there
    assert await still() == set()


async def test_today_is_the_day_of_the_place(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, clock: FixedClock, azores: date
) -> None:
    """Half past midnight in Rome: what is free this evening there can be booked, and waited for, still."""
    async with house.db.transaction() as tx:
        late = [{"weekday": 5, "begins": "23:00:00", "ends": "23:59:00", "week": 0}]
        await tx.execute("update scheduling.schedule set hours = $1 where id = 'galli-mare'", late)
        await replan(tx, "galli-mare", clock.now())
    clock.advance(datetime(2027, 3, 27, 23, 30, tzinfo=UTC) - clock.now())
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", who="practitioner:galli")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="mare")
    assert f'value="{await at_sea(house, "2027-03-27 23:00")}"' in tab.answer.text
    await tab.say("time", action="wait", wait_reason="Controllo", wait_until="2027-03-27")
    row = await house.db.fetchrow("select from_day, until_day from scheduling.waiting")
    assert tuple(row) == (date(2027, 3, 27), date(2027, 3, 27))


@pytest.mark.parametrize(("first", "there"), [("2027-03-28", "11:00"), ("2027-03-27", "23:00")])
async def test_what_must_come_first_keeps_its_distance_in_days_of_the_places(
    house: House, elena: Actor, clock: FixedClock, azores: date, first: str, there: str
) -> None:
    """An ECG at 00:30 of Rome's Sunday, a day before the visit: the Azores' Sunday is too early, not their Monday."""
    late = [{"weekday": day, "begins": "23:00:00", "ends": "23:59:00", "week": 0} for day in (5, 6)]
    async with house.db.transaction() as tx:
        hours = await tx.fetchval("select hours from scheduling.schedule where id = 'galli-mare'")
        await tx.execute("update scheduling.schedule set hours = $1 where id = 'galli-mare'", [*hours, *late])
        await tx.execute("insert into scheduling.prerequisite (service, needs, days) values ('heart-check', 'ecg', 1)")
        await replan(tx, "galli-mare", clock.now())
        await tx.execute(
            "insert into scheduling.appointment (id, status, patient, service, location, channel, starts, ends, reason,"
            " created_by, created_at, changed_at) values ($1, 'booked', 'giulia', 'ecg', 'centro', 'in_person',"
            " $2::timestamptz, $2::timestamptz + interval '20 minutes', 'ECG', 'test', $3, $3)",
            uuid7(), datetime(2027, 3, 28, 0, 30, tzinfo=ROME), clock.now(),
        )  # fmt: skip
    with pytest.raises(NotYet):
        await booked(house, elena, await at_sea(house, f"{first} {there}"))
    # 23:00 of the Azores' Sunday is Monday in Rome, and Sunday still there.
    with pytest.raises(NotYet):
        await booked(house, elena, await at_sea(house, "2027-03-28 23:00"))
    assert (await booked(house, elena, await at_sea(house, "2027-03-29 01:00"))).starts


async def test_the_record_tells_visits_by_the_clock_of_the_place(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor, azores: date
) -> None:
    await booked(house, elena, await at_sea(house, "2027-03-28 11:30"))
    await sign_in(client, "agent", language="en")
    for page in (
        await client.get("/desk/patient/giulia"),
        await client.post("/desk/patient/giulia/contacts", headers={"HX-Request": "true"}),
    ):
        assert "11:30" in page.text
        assert "13:30" not in page.text


async def test_a_place_is_closed_by_its_own_clock(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, azores: date
) -> None:
    await sign_in(client, "administrator", language="en")
    span = {"from_day": "2027-03-28", "from_time": "11:00", "to_day": "2027-03-28", "to_time": "12:00"}
    await client.post("/desk/scheduling/closures", data=span | {"location": "mare", "reason": "Corso"})
    closed = await house.db.fetchval("select lower(during) from scheduling.closure")
    assert closed == datetime(2027, 3, 28, 11, tzinfo=AZORES)
    shown = (await client.get("/desk/scheduling/closures")).text
    assert "11:00" in shown
    assert "Azores time" in shown
