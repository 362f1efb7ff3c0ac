"""A patient's appointments through their doors: the list, cancelling, a link tried again, the waiting page."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import Channel
from sportello.scheduling.ports import OWN, makers_of
from sportello.scheduling.rules import LINK_PAUSES
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked, stored
from sportello.scheduling.tests.test_meeting_links import Unreliable

SignIn = Callable[..., Awaitable[Actor]]
PART = {"HX-Request": "true"}
LIST = "/desk/scheduling/patient/giulia/appointments"


@pytest.fixture
async def visit(house: House, elena: Actor) -> Appointment:
    return await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))


async def test_the_list_is_read_with_an_audit_event(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, visit: Appointment
) -> None:
    await sign_in(client, "agent", "davide", language="en")
    page = await client.get(LIST)
    assert "<html" in page.text
    part = await client.get("/desk/scheduling/appointments?patient=giulia", headers=PART)
    assert "<html" not in part.text
    assert "Heart check-up" in part.text
    read = await house.db.fetchval(
        "select count(*) from administration.audit_event where action = 'patient.read' and patient = 'giulia'"
    )
    assert read == 2


async def test_cancelling_asks_why_and_frees_the_time(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, visit: Appointment
) -> None:
    await sign_in(client, "agent", "davide", language="en")
    address = f"/desk/scheduling/appointments/{visit.id}/cancellation"
    assert "Why?" in (await client.get(address, headers=PART)).text
    refused = await client.post(address, data={"note": "Chiamata della figlia"}, headers=PART)
    assert refused.status_code == 422
    assert "Chiamata della figlia" in refused.text
    done = await client.post(address, data={"why": "pat", "mail": "no"}, headers=PART)
    assert "The appointment is cancelled" in done.text
    assert visit.slot
    assert await status_of(house, visit.slot) == "free"
    twice = await client.post(address, data={"why": "pat"}, headers=PART)
    assert twice.status_code == 409
    assert "can no longer be cancelled" in twice.text


async def test_a_link_that_was_given_up_is_shown_and_tried_again(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor, clock: FixedClock
) -> None:
    makers_of(house)[OWN] = Unreliable(len(LINK_PAUSES) + 1)
    one = await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), channel=Channel.VIRTUAL)
    await sign_in(client, "agent", "davide", language="en")
    status = f"/desk/scheduling/appointments/{one.id}/status"
    assert "is being made" in (await client.get(status)).text
    for pause in (0, *LINK_PAUSES):
        clock.advance(timedelta(seconds=pause))
        await house.jobs.run_due()
    failed = await client.get(status)
    assert "could not be made" in failed.text
    assert "load delay" not in failed.text
    again = await client.post(f"/desk/scheduling/appointments/{one.id}/link", headers=PART)
    assert "is being made" in again.text
    await house.jobs.run_due()
    assert "Booked" in (await client.get(status)).text


async def test_the_waiting_page_tells_when_and_no_name(
    house: House, client: httpx.AsyncClient, elena: Actor, clock: FixedClock
) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), channel=Channel.VIRTUAL)
    await house.jobs.run_due()
    link = (await stored(house, one)).meeting_link
    assert link
    path = link[link.index("/visit/") :]
    english = {"Accept-Language": "en"}
    early = (await client.get(path, headers=english)).text
    assert "24 November 2026" in early
    assert "a few minutes before" in early
    assert not [word for word in ("Ferri", "Giulia", "Bassi", "Heart", "Controllo") if word in early]
    clock.advance(timedelta(days=1, hours=1, minutes=20))
    assert (await client.post(f"{path}/entrance")).status_code == 303
    inside = (await client.get(path, headers=english)).text
    assert "You are in the right place" in inside
    assert "Heart" not in inside
    clock.advance(timedelta(hours=3))
    assert "is over" in (await client.get(path, headers=english)).text
    assert (await client.get("/visit/guessed")).status_code == 404
    assert (await client.get("/visit/" + "x" * 5000)).status_code in (404, 414)


async def test_the_record_shows_the_next_visit(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, visit: Appointment
) -> None:
    await sign_in(client, "agent", "davide", language="en")
    header = await client.get("/desk/patient/giulia/header", headers=PART)
    assert "24 Nov 2026" in header.text
    assert "Heart check-up" in header.text


async def test_strangers_change_nothing(client: httpx.AsyncClient, sign_in: SignIn, visit: Appointment) -> None:
    doors = [LIST, f"/desk/scheduling/appointments/{visit.id}/status"]
    intents = [f"/desk/scheduling/appointments/{visit.id}/{what}" for what in ("cancellation", "link")]
    assert {(await client.get(door)).status_code for door in doors} == {401}
    await sign_in(client, "administrator")
    assert {(await client.get(door)).status_code for door in doors} == {403}
    assert {(await client.post(door)).status_code for door in intents} == {403}
    await sign_in(client, "supervisor")
    assert (await client.post("/desk/scheduling/appointments/x/cancellation", data={"why": "pat"})).status_code == 404
    assert (await client.get("/desk/scheduling/patient/nobody/appointments")).status_code == 404
