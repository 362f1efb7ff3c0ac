"""Patients with other ids in the system that keeps the calendars, and what that system does not do: put in between."""

from typing import Any

import httpx

from sportello.adapters.remote_booking.terms import Terms, terms_of
from sportello.adapters.remote_booking.tests.other_system import (
    SignIn,
    There,
    booked,
    chosen,
    tab,
    their_dsn,
    there,
    to_times,
)
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.record.header import FISCAL
from sportello.scheduling.tests.conftest import GIULIA
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures
CODE = "FRRGLI84E57D548X"


async def put(house: House, name: str, **more: Any) -> None:
    one = GIULIA[0] | {"id": name, "identifier": [{"system": FISCAL[0], "value": CODE}]} | more
    await house.db.run(lambda tx: fhir.put(tx, one))


async def test_patients_are_found_there_by_a_number(house: House, tab: Wizard, there: There) -> None:
    terms: Terms = await terms_of(house, house.db)
    await chosen(house, address=terms.address, client=terms.client, patients=FISCAL[0])
    times = await to_times(tab)
    answer = await tab.say("time", slot=times[0])
    assert (answer.status_code, tab.step) == (409, "time")
    assert "lacks the number" in answer.text
    await put(house, "giulia")
    assert "knows nobody with this patient" in (await tab.say("time", slot=times[0])).text
    await put(there.house, "pz-77")
    await put(there.house, "pz-78")
    assert "knows several patients" in (await tab.say("time", slot=times[0])).text
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 0
    await put(there.house, "pz-78", active=False)
    asked = len(there.door.asked)
    await booked(tab, times[0])
    assert tab.step == "confirm", tab.answer.text
    assert await there.house.db.fetchval("select patient from scheduling.appointment") == "pz-77"
    assert await house.db.fetchval("select patient from scheduling.appointment") == "giulia"
    ours = await house.db.fetchval("select id from scheduling.appointment")
    moving = await Wizard(tab.client).begin(appointment=str(ours))
    await booked(moving, times[1])
    assert moving.step == "confirm", moving.answer.text
    assert there.door.asked[asked:].count("GET Patient") == 1, "it is remembered"
    states = await house.db.fetch("select what, state from scheduling.elsewhere_order order by at")
    assert [tuple(row) for row in states] == [("book", "kept"), ("move", "kept")]
    await chosen(house, address=terms.address + "/", client=terms.client, patients=FISCAL[0])
    assert await house.db.fetchval("select count(*) from adapters.booking_patient") == 0, "another system"


async def test_nobody_is_put_in_between_there(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, tab: Wizard, there: There
) -> None:
    await booked(tab, (await to_times(tab))[0])
    taken = await house.db.fetchrow("select slot, starts from scheduling.appointment")
    await sign_in(client, "supervisor", "marta", language="en")
    over = await Wizard(client).begin(patient="marco")
    await to_times(over)
    assert "Put in between" not in over.answer.text
    answer = await over.say("time", over=str(taken["slot"]), overbook="Dolore forte")
    assert (answer.status_code, over.step) == (422, "time")
    assert "puts nobody in between" in answer.text
    page = await client.get(f"/desk/scheduling/calendar?day={taken['starts'].date()}")
    assert "Giulia" in page.text
    assert "Put in between" not in page.text
    page = await client.get(f"/desk/scheduling/calendar/slot/{taken['slot']}")
    assert page.status_code == 409
    assert "puts nobody in between" in page.text
    assert len(await there.visits()) == 1


async def test_how_patients_are_found_is_checked(client: httpx.AsyncClient, sign_in: SignIn, there: There) -> None:
    await sign_in(client, "administrator", language="en")
    wrong = await client.post("/desk/other-calendars", data={"kept": "here", "patients": "fiscal code", "seconds": "8",
        "ceiling": "30", "strategy": "auto", "auth": "none", "scopes": "x"})  # fmt: skip
    assert wrong.status_code == 422
    assert "Write the address of a system of numbers" in wrong.text
    assert 'value="fiscal code"' in wrong.text
