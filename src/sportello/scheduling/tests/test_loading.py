"""Loading an offer: once is the same as twice, and a contradiction is named before anything is written."""

from datetime import date, time

import msgspec
import pytest

from sportello.kit.house import House
from sportello.scheduling.calendar import Calendar, Hours, WeeklyTemplate
from sportello.scheduling.loading import BadCalendar, load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import san_luca

_MONDAY = (Hours(0, time(9), time(10)),)


async def _slots(house: House) -> int:
    return int(await house.db.fetchval("select count(*) from scheduling.slot where status = 'free'"))


async def test_two_weeks_of_slots_are_there(house: House) -> None:
    a_day = 6 + 9 + 4 + 9
    assert await _slots(house) == a_day * 10


async def test_loading_and_generating_again_adds_only_what_is_missing(house: House) -> None:
    before = await _slots(house)
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        assert await generate_slots(tx, date(2026, 11, 23), 2) == 0
        assert await generate_slots(tx, date(2026, 11, 30), 2) == before // 2


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        (WeeklyTemplate("x", "nobody", 30, _MONDAY), "there is no role nobody"),
        (WeeklyTemplate("x", "bassi-centro", 20, _MONDAY, ("heart-check",)), "takes 30 minutes, slots last 20"),
        (WeeklyTemplate("x", "bassi-centro", 30, _MONDAY, ("skin-check",)), "does not offer skin-check"),
        (WeeklyTemplate("x", "bassi-centro", 30, (Hours(0, time(9), time(9)),)), "hours must end after they begin"),
    ],
)
async def test_a_contradiction_is_named(house: House, template: WeeklyTemplate, complaint: str) -> None:
    calendar: Calendar = msgspec.structs.replace(san_luca(), templates=(template,))
    async with house.db.transaction() as tx:
        with pytest.raises(BadCalendar, match=complaint):
            await load_calendar(tx, calendar)
