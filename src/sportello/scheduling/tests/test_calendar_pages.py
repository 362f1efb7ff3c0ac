"""The staff's calendar over HTTP: who comes, moving by hand, arriving, closing, changing a week."""

from collections.abc import Awaitable, Callable
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.calendar import Hours
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.weekly_hours import NotHours, line, periods

SignIn = Callable[..., Awaitable[Actor]]
CALENDAR = "/desk/scheduling/calendar"


@pytest.fixture
async def marta(client: httpx.AsyncClient, sign_in: SignIn) -> Actor:
    """A supervisor at her browser, in English."""
    return await sign_in(client, "supervisor", language="en")


async def post(client: httpx.AsyncClient, url: str, **form: Any) -> httpx.Response:
    """A form sent from a page of the desk."""
    return await client.post(url, data=form, headers={"x-csrf-token": client.headers.get("x-csrf-token", "")})


async def test_a_day_shows_who_comes_and_says_that_it_was_read(
    house: House, client: httpx.AsyncClient, marta: Actor
) -> None:
    await booked(house, marta, await slot_at(house, "2026-11-24 09:30"))
    shown = (await client.get(f"{CALENDAR}?day=2026-11-24")).text
    assert "Giulia Ferri" in shown
    assert "Heart check-up" in shown
    trail = "select count(*) from administration.audit_event where patient = 'giulia' and entity = 'calendar'"
    assert await house.db.fetchval(trail) == 1
    await client.get(f"{CALENDAR}/table?day=2026-11-24")  # a refresh is no new look
    assert await house.db.fetchval(trail) == 1


@pytest.mark.parametrize(
    "query", ["day=never", "day=0001-01-01", "view=year&practitioner='--", "location=%00", "day=9999-12-31"]
)
async def test_an_address_that_somebody_made_up_shows_today(
    client: httpx.AsyncClient, marta: Actor, query: str
) -> None:
    answer = await client.get(f"{CALENDAR}?{query}")
    assert (answer.status_code, "23 November 2026" in answer.text) == (200, True)


async def test_a_visit_is_moved_to_another_person(house: House, client: httpx.AsyncClient, marta: Actor) -> None:
    one = await booked(house, marta, await slot_at(house, "2026-11-24 09:30"))
    target = await slot_at(house, "2026-11-25 14:30", "galli-mare")
    ask = await client.get(f"{CALENDAR}/move?appointment={one.id}&slot={target}")
    assert "The practitioner changes." in ask.text
    assert "The location changes." in ask.text
    done = await post(client, f"{CALENDAR}/move", appointment=str(one.id), slot=str(target), note="Trasporto")
    assert done.status_code == 303
    row = await house.db.fetchrow("select practitioner, location, slot, sequence from scheduling.appointment")
    assert tuple(row) == ("galli", "mare", target, 1)
    assert await status_of(house, await slot_at(house, "2026-11-24 09:30")) == "free"


async def test_a_lost_race_leaves_the_visit_where_it_was(house: House, client: httpx.AsyncClient, marta: Actor) -> None:
    one = await booked(house, marta, await slot_at(house, "2026-11-24 09:30"))
    target = await slot_at(house, "2026-11-24 10:30")
    await booked(house, marta, target, "marco")
    answer = await post(client, f"{CALENDAR}/move", appointment=str(one.id), slot=str(target))
    assert answer.status_code == 409
    assert "taken a moment ago" in answer.text
    assert await house.db.fetchval("select starts from scheduling.appointment where id = $1", one.id) == one.starts


async def test_a_patient_arrives_is_checked_in_and_was_seen(
    house: House, client: httpx.AsyncClient, marta: Actor, clock: FixedClock
) -> None:
    later = await booked(house, marta, await slot_at(house, "2026-11-25 09:30"), "marco")
    assert (await post(client, f"{CALENDAR}/visit/{later.id}/status", status="arrived")).status_code == 409
    one = await booked(house, marta, await slot_at(house, "2026-11-23 09:30"))
    url = f"{CALENDAR}/visit/{one.id}"
    for status in ("arrived", "arrived", "checked-in"):
        assert (await post(client, f"{url}/status", status=status)).status_code == 303
    assert (await post(client, f"{url}/status", status="noshow")).status_code == 409
    clock.advance(timedelta(minutes=40))
    assert (await post(client, f"{url}/status", status="fulfilled")).status_code == 303
    what = await house.db.fetch(
        "select what from scheduling.appointment_change where appointment = $1 order by number", one.id
    )
    assert [row["what"] for row in what] == ["booked", "arrived", "checked-in", "fulfilled"]
    assert (await post(client, f"{url}/status", status="booked")).status_code == 404


async def test_who_did_not_come_gives_the_time_back(
    house: House, client: httpx.AsyncClient, marta: Actor, clock: FixedClock
) -> None:
    slot = await slot_at(house, "2026-11-23 09:30")
    one = await booked(house, marta, slot)
    clock.advance(timedelta(minutes=40))
    assert (await post(client, f"{CALENDAR}/visit/{one.id}/status", status="noshow")).status_code == 303
    assert await status_of(house, slot) == "free"


async def test_time_is_closed_and_opened_again(house: House, client: httpx.AsyncClient, marta: Actor) -> None:
    slot = await slot_at(house, "2026-11-24 09:30")
    await booked(house, marta, slot)
    said = {"from_day": "2026-11-24", "to_day": "2026-11-24", "practitioner": "bassi", "reason": "Congresso"}
    wrong = await post(client, "/desk/scheduling/closures", **(said | {"to_day": "2026-11-23", "reason": ""}))
    assert (wrong.status_code, "must be after" in wrong.text, "Write why" in wrong.text) == (422, True, True)
    done = await post(client, "/desk/scheduling/closures", **said)
    assert done.status_code == 303
    assert "1 visit needs another time." in (await client.get(done.headers["location"])).text
    assert "Congresso" in (await client.get("/desk/scheduling/conflicts")).text
    (closure,) = [row["id"] for row in await house.db.fetch("select id from scheduling.closure")]
    assert (await post(client, f"/desk/scheduling/closures/{closure}/lift")).status_code == 303
    assert await status_of(house, await slot_at(house, "2026-11-24 10:00")) == "free"


async def test_agents_may_look_but_not_close(client: httpx.AsyncClient, sign_in: SignIn, house: House) -> None:
    await sign_in(client, "agent")
    assert (await client.get("/desk/scheduling/closures")).status_code == 200
    said = {"from_day": "2026-11-24", "to_day": "2026-11-24", "reason": "Congresso"}
    assert (await post(client, "/desk/scheduling/closures", **said)).status_code == 403
    assert await house.db.fetchval("select count(*) from scheduling.closure") == 0


async def test_a_week_is_changed_and_nothing_typed_is_lost(
    house: House, client: httpx.AsyncClient, marta: Actor
) -> None:
    url = "/desk/scheduling/templates/bassi-centro"
    form = {
        "name": "", "minutes": "30", "before": "0", "after": "0", "seats": "1", "cycle": "1", "weeks_ahead": "2",
        "valid_from": "", "valid_until": "", "service:heart-check": "yes",
        "w0d0": "09:00-12:00", "w0d1": "9.00 - 10.00",
    }  # fmt: skip
    wrong = await post(client, url, **(form | {"w0d2": "morning", "minutes": "20"}))
    assert wrong.status_code == 422
    assert 'value="morning"' in wrong.text
    saved = await post(client, url, **form)
    assert saved.status_code == 303
    starts = await house.db.fetch("select starts from scheduling.slot where schedule = 'bassi-centro' order by starts")
    local = {f"{row['starts'].astimezone(house.settings.clinic.tz):%a %H:%M}" for row in starts}
    assert {one for one in local if one.startswith("Tue")} == {"Tue 09:00", "Tue 09:30"}
    assert not [one for one in local if one.startswith("Wed")]
    day = await post(client, f"{url}/days", on="2026-11-25", hours="15:00-16:00", note="Recupero")
    assert "added=2" in day.headers["location"]
    assert "Recupero" in (await client.get(url)).text
    assert "withdrawn=2" in (await post(client, f"{url}/days", drop="2026-11-25")).headers["location"]


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda one: one[0] < one[1]), max_size=4))
def test_what_is_written_is_read_back(found: list[tuple[int, int]]) -> None:
    hours = [(time(*divmod(begins, 60)), time(*divmod(ends, 60))) for begins, ends in sorted(found)]
    text = ", ".join(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in hours)
    try:
        assert periods(text) == hours
    except NotHours:
        assert any(left[1] > right[0] for left, right in pairwise(hours))
    week = tuple(Hours(2, *one) for one in hours)
    assert line(week, 0, date(2026, 11, 25).weekday()) == text


async def test_a_room_alone_is_closed(house: House, client: httpx.AsyncClient, marta: Actor) -> None:
    await house.db.execute(
        "insert into scheduling.resource (id, kind, name, location) values ('eco', 'device', 'Eco', 'centro')"
    )
    needing, other = await slot_at(house, "2026-11-24 09:00"), await slot_at(house, "2026-11-24 09:30")
    await house.db.execute("update scheduling.slot set resources = '{eco}' where id = $1", needing)
    said = {"from_day": "2026-11-24", "to_day": "2026-11-24", "reason": "Guasto"}
    wrong = await post(client, "/desk/scheduling/closures", **said, resource="nessuno")
    assert (wrong.status_code, "This choice is not known." in wrong.text) == (422, True)
    assert (await post(client, "/desk/scheduling/closures", **said, resource="eco")).status_code == 303
    assert (await status_of(house, needing), await status_of(house, other)) == ("busy-unavailable", "free")
    assert "Eco · Poliambulatorio Centro" in (await client.get("/desk/scheduling/closures")).text
