"""The day that is asked for is the place's, also where it begins earlier or later than the clinic's: all of it is asked
of the other system, and nothing before it.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.adapters.remote_booking.tests.conftest import Store, slot
from sportello.adapters.remote_booking.tests.other_system import Door, Served, SignIn, chosen, faking, offered
from sportello.adapters.remote_booking.tests.test_other_ways import small
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.scheduling import self_booking
from sportello.scheduling.codes import Channel
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import GIULIA
from sportello.scheduling.tests.wizard_tab import Wizard

QUARTER = timedelta(minutes=15)
CHANGE = date(2027, 3, 28)  # clocks change in Europe, and at midnight in the Azores


def whole_day(day: date, zone: ZoneInfo) -> list[datetime]:
    """A moment every quarter of an hour."""
    at, ends = (datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    found = []
    while at < ends:
        found.append(at)
        at += QUARTER
    return found


@pytest.fixture
async def always(house: House) -> Store:
    """A place that works day and night, and keeps its calendar elsewhere."""
    async with house.db.transaction() as tx:
        await load_calendar(tx, small())
        for resource in GIULIA:
            await fhir.put(tx, resource)
    return Store()


async def test_all_of_the_places_day_and_nothing_before(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, always: Store
) -> None:
    await sign_in(client, "agent", language="en")
    asked = [
        ("Asia/Kolkata", date(2027, 2, 10), 96),
        ("Asia/Kolkata", CHANGE, 96),
        ("America/New_York", date(2027, 3, 14), 92),
        ("Atlantic/Azores", CHANGE, 92),
        ("Pacific/Auckland", date(2027, 4, 4), 100),
    ]
    async with Served(Door(faking(always))) as address:
        await chosen(house, address=address, auth="none", codes="Practitioner/irene = bianchi\nLocation/sede = nord")
        for name, day, count in asked:
            zone = ZoneInfo(name)
            await house.db.execute("update scheduling.location set zone = $1", name)
            await house.db.execute("delete from scheduling.slot")
            for gone in [one for one in always.kept if one.startswith("Slot/")]:
                del always.kept[gone]
            for shift in (-1, 0, 1):
                for number, at in enumerate(whole_day(day + timedelta(days=shift), zone)):
                    always.put(slot(f"s{shift}.{number}", at.isoformat(), (at + QUARTER).isoformat()))
            tab = await Wizard(client).begin()
            await tab.say("who", who="practitioner:irene")
            await tab.say("type", type="ecg|in_person")
            await tab.say("place", place="sede")
            await tab.say("time", action="search", day=day.isoformat())
            sql = "select starts from scheduling.slot where id = any ($1::bigint[]) order by starts"
            shown = [row["starts"] for row in await house.db.fetch(sql, [int(one) for one in offered(tab)])]
            assert shown == whole_day(day, zone), name
            assert len(shown) == count
            told = await house.db.run(
                lambda tx, it=day: self_booking.times(  # type: ignore[misc]
                    house, tx, Wanted("ecg"), house.clock.now(), 4, it, Channel.IN_PERSON
                )
            )
            assert [one.starts for one in told[:2]] == shown[:2], "the bot's, too"
