"""Putting a patient in between: by whoever may, with a reason, seen on the calendar and at the FHIR door."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard

SignIn = Callable[..., Awaitable[Actor]]
CALENDAR = "/desk/scheduling/calendar"


@pytest.fixture
async def taken(house: House, elena: Actor) -> int:
    """Half past nine, which is Marco's."""
    slot = await slot_at(house, "2026-11-24 09:30")
    await booked(house, elena, slot, "marco")
    return slot


async def at_times(client: httpx.AsyncClient, **begin: str) -> Wizard:
    tab = await Wizard(client).begin(**begin)
    await tab.say("who", who="practitioner:bassi")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="centro")
    return tab


async def test_a_supervisor_puts_a_patient_in_between_and_says_why(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, taken: int
) -> None:
    await sign_in(client, "supervisor", "marta", language="en")
    tab = await at_times(client)
    await tab.say("time", day="2026-11-24", action="between")
    assert f'name="over" value="{taken}"' in tab.answer.text
    assert "Write why" in (await tab.say("time", over=str(taken), overbook=" ")).text
    await tab.say("time", over=str(taken), overbook="Dolore forte")
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    assert "at a time that is taken: Dolore forte" in tab.answer.text
    await tab.say("review", action="schedule")
    assert tab.step == "confirm"
    rows = await house.db.fetch("select patient, overbooked from scheduling.appointment where slot = $1", taken)
    assert {tuple(row) for row in rows} == {("marco", ""), ("giulia", "Dolore forte")}
    shown = (await client.get(f"{CALENDAR}?day=2026-11-24")).text
    assert "Overbooked" in shown
    assert "overbooked" in await house.db.fetchval(
        "select string_agg(detail::text, '') from administration.audit_event where action = 'appointment.booked'"
    )
    slot = "select body ->> 'overbooked' from scheduling.fhir_slot where id = $1"
    assert await house.db.fetchval(slot, str(taken)) == "true"
    other = await slot_at(house, "2026-11-24 10:30")
    assert await house.db.fetchval(slot, str(other)) is None


async def test_from_the_calendar_and_never_by_whoever_may_not(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, taken: int
) -> None:
    await sign_in(client, "agent", "davide", language="en")
    assert "Put in between" not in (await client.get(f"{CALENDAR}?day=2026-11-24")).text
    assert (await client.get(f"{CALENDAR}/slot/{taken}")).status_code == 403
    tab = await at_times(client)
    assert "Put in between" not in tab.answer.text
    assert (await tab.say("time", over=str(taken), overbook="Perché sì")).status_code == 422
    await sign_in(client, "supervisor", "marta", language="en")
    assert f"{CALENDAR}/slot/{taken}" in (await client.get(f"{CALENDAR}?day=2026-11-24")).text
    assert "This time is taken" in (await client.get(f"{CALENDAR}/slot/{taken}?q=giulia")).text
    tab = await at_times(client, slot=str(taken), over="yes")
    assert f'name="over" value="{taken}"' in tab.answer.text


async def test_a_visit_is_moved_in_between_and_back(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor, taken: int
) -> None:
    await sign_in(client, "supervisor", "marta", language="en")
    mine = await booked(house, elena, await slot_at(house, "2026-11-25 09:30"))
    for target, over in ((taken, "Trasporto"), (await slot_at(house, "2026-11-25 10:30"), "")):
        tab = await Wizard(client).begin(appointment=str(mine.id))
        picked = {"over": str(target), "overbook": over} if over else {"slot": str(target)}
        await tab.say("time", **picked)
        await tab.say("time", action="next")
        await tab.say("reason")
        await tab.say("review", action="schedule")
        await tab.say("confirm", mail="no", action="done")
        row = await house.db.fetchrow("select slot, overbooked from scheduling.appointment where id = $1", mine.id)
        assert tuple(row) == (target, over)
