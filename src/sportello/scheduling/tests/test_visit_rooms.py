"""Waiting rooms of virtual visits: links that open in one browser, and two sides that see each other come."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked, stored

SignIn = Callable[..., Awaitable[Actor]]
TO_THE_VISIT = timedelta(days=1, hours=1, minutes=20)


@pytest.fixture
async def visit(house: House, elena: Actor) -> Appointment:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), channel=Channel.VIRTUAL)
    await house.jobs.run_due()
    return await stored(house, one)


@pytest.fixture
async def stranger(client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser."""
    async with httpx.AsyncClient(
        transport=client._transport, base_url=client.base_url, headers={"accept-language": "en"}
    ) as http:
        yield http


def path_of(one: Appointment) -> str:
    assert one.meeting_link
    return one.meeting_link[one.meeting_link.index("/visit/") :]


async def test_the_first_browser_comes_in(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, visit: Appointment
) -> None:
    path = path_of(visit)
    client.headers["accept-language"] = "en"
    for _ in range(2):  # a mail program looks ahead: nothing is used up
        assert "Bassi" not in (await stranger.get(path)).text
    assert (await client.get(f"{path}/state")).status_code == 404
    assert (await client.post(f"{path}/entrance")).status_code == 303
    inside = (await client.get(path)).text
    assert "Dott.ssa Irene Bassi" in inside
    assert "Heart" not in inside
    refused = (await stranger.get(path)).text
    assert "already been opened in another browser" in refused
    assert "Bassi" not in refused
    wrong = await stranger.post(f"{path}/entrance", data={"born": "1984-05-18"})
    assert wrong.status_code == 422
    assert (await client.get(f"{path}/state")).status_code == 200
    assert (await stranger.post(f"{path}/entrance", data={"born": "1984-05-17"})).status_code == 303
    assert "Bassi" in (await stranger.get(path)).text
    assert (await client.get(f"{path}/state")).status_code == 404


async def test_the_date_of_birth_cannot_be_guessed(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, visit: Appointment
) -> None:
    path = path_of(visit)
    await client.post(f"{path}/entrance")
    codes = [
        (await stranger.post(f"{path}/entrance", data={"born": f"1984-05-0{day}"})).status_code for day in range(1, 8)
    ]
    assert codes == [422] * 5 + [429] * 2


async def test_each_side_sees_the_other_come(
    house: House, client: httpx.AsyncClient, stranger: httpx.AsyncClient, sign_in: SignIn, visit: Appointment,
    clock: FixedClock,
) -> None:  # fmt: skip
    clock.advance(TO_THE_VISIT)
    await sign_in(client, "agent", "davide", language="en")
    page = (await client.post(f"/desk/scheduling/appointments/{visit.id}/room")).text
    key = page.split("/visit/with/")[1].split('"')[0]
    kept = await house.db.fetchval("select hash::text from scheduling.visit_key")
    assert key not in str(kept)
    theirs = f"/visit/with/{key}"
    assert "Giulia" not in (await client.get(theirs)).text
    assert (await client.post(f"{theirs}/entrance")).status_code == 303
    assert "Giulia Ferri" in (await client.get(theirs)).text
    assert (await client.get(f"{theirs}/state")).json()["said"] == "The patient has not come yet."
    await stranger.post(f"{path_of(visit)}/entrance")
    told = (await client.get(f"{theirs}/state")).json()
    assert (told["said"], told["waits"]) == ("The patient has been here since 10:20.", "yes")
    assert (await stranger.get(f"{path_of(visit)}/state")).json()["said"] == "The practitioner is here."
    clock.advance(timedelta(seconds=30))
    assert "away at the moment" in (await client.get(f"{theirs}/state")).json()["said"]
    assert (await stranger.get(f"{path_of(visit)}/state")).json()["state"] == "open"
    # The practitioner's link opens nowhere else.
    assert "already been opened in another browser" in (await stranger.get(theirs)).text
    await stranger.post(f"{theirs}/entrance")
    assert (await stranger.get(f"{theirs}/state")).status_code == 404
    await house.db.run(lambda tx: cancel(house, tx, Actor("staff", "x", "x"), visit.id, CancelReason.PATIENT))
    assert "was cancelled" in (await stranger.get(path_of(visit))).text
    assert (await client.get("/visit/with/nothing")).status_code == 404
