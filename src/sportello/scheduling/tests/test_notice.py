"""Notice in hours and in whole working days, as Italian booking centres count them."""

from collections.abc import Awaitable, Callable
from datetime import date

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.notice import working_days
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked, stored

SignIn = Callable[..., Awaitable[Actor]]


@pytest.mark.parametrize(
    ("told", "visit", "saturday", "whole"),
    [
        ("2026-11-23", "2026-11-27", True, 3),  # Monday for Friday: Tuesday, Wednesday, Thursday
        ("2026-11-24", "2026-11-27", True, 2),
        ("2026-11-26", "2026-12-01", True, 3),  # over a Sunday: Friday, Saturday, Monday
        ("2026-11-26", "2026-12-01", False, 2),
        ("2026-12-04", "2026-12-10", True, 3),  # over the Immaculate Conception, Tuesday the 8th
        ("2026-12-23", "2026-12-29", True, 2),  # over Christmas and Saint Stephen's
        ("2026-12-30", "2027-01-04", True, 2),  # over the year's end
        ("2028-02-28", "2028-03-01", True, 1),  # the leap day
        ("2026-11-27", "2026-11-27", True, 0),
        ("2026-11-28", "2026-11-27", True, 0),
    ],
)
def test_whole_days_between(told: str, visit: str, saturday: bool, whole: int) -> None:
    assert working_days(date.fromisoformat(told), date.fromisoformat(visit), "IT", saturday=saturday) == whole


async def test_both_rules_hold_at_once_for_what_is_booked(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor
) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-27 09:00"))
    now = house.clock.now()
    assert not (await stored(house, one)).late(now)
    await sign_in(client, "administrator", language="en")
    form = {f"{what}_{service}": "0" for what in ("hours", "days") for service in ("ecg", "heart-check", "skin-check")}
    wrong = await client.post("/desk/scheduling/notice", data=form | {"days_ecg": "31", "hours_ecg": "-1"})
    assert wrong.status_code == 422
    assert 'value="31"' in wrong.text
    assert (await client.post("/desk/scheduling/notice", data=form | {"days_heart-check": "4"})).status_code == 303
    page = (await client.get("/desk/scheduling/notice")).text
    assert 'name="days_heart-check" type="number" value="4"' in page
    booked_one = await stored(house, one)
    assert booked_one.late(now)
    await house.db.run(lambda tx: cancel(house, tx, elena, one.id, CancelReason.PATIENT_FEELS_BETTER))
    assert await house.db.fetchval("select late from scheduling.appointment where id = $1", one.id)


async def test_who_cancels_decides_whether_it_was_late(house: House, elena: Actor) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:00"))
    await house.db.run(lambda tx: cancel(house, tx, elena, one.id, CancelReason.OTHER_WEATHER))
    assert not await house.db.fetchval("select late from scheduling.appointment where id = $1", one.id)
    assert (await stored(house, one)).cancel_reason == "oth-weath"
