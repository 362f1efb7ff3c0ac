"""A device with a calendar of its own: set up, cut, found, booked, shown, and not in two places at once."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling.planning import replan
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import Ask, found, slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard
from sportello.scheduling.waiting import earlier

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
async def machine(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> str:
    """The ECG machine's own calendar, set up on the screens; the calendar of short visits needs the machine too."""
    await sign_in(client, "administrator", language="en")
    at = "/desk/scheduling/catalogue"
    made = await client.post(f"{at}/rooms/new", data={"id": "ecg1", "name": "ECG machine", "kind": "device",
                                                  "location": "centro"})  # fmt: skip
    assert made.status_code in (200, 303), made.text
    page = await client.get(f"{at}/roles/new")
    assert 'value="resource:ecg1"' in page.text
    role = {"id": "ecg1-centro", "practitioner": "resource:ecg1", "specialty": "cardiology", "location": "centro",
            "services:ecg": "yes"}  # fmt: skip
    made = await client.post(f"{at}/roles/new", data=role)
    assert made.status_code in (200, 303), made.text
    calendar = "ecg1-week"
    hours = [{"weekday": day, "begins": "09:00:00", "ends": "11:00:00", "week": 0} for day in range(5)]
    async with house.db.transaction() as tx:
        await tx.execute(
            "insert into scheduling.schedule (id, role, practitioner, specialty, location, services, minutes, hours)"
            " select $1, id, practitioner, specialty, location, services, 20, $2 from scheduling.practitioner_role"
            " where id = 'ecg1-centro'",
            calendar,
            hours,
        )
        await replan(tx, calendar, house.clock.now(), date(2026, 11, 28))
        await tx.execute("update scheduling.schedule set resources = '{ecg1}' where id = 'bassi-short'")
        await replan(tx, "bassi-short", house.clock.now(), date(2026, 11, 28))
    return calendar


async def test_it_is_found_booked_and_shown(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, machine: str
) -> None:
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", find="ecg mach", action="search")
    assert "ECG machine" in tab.answer.text
    assert "Device · Cardiology" in tab.answer.text
    await tab.say("who", who="practitioner:device.ecg1")
    await tab.say("type", type="ecg|in_person")
    await tab.say("place", place="centro")
    slot = await slot_at(house, "2026-11-24 09:00", machine)
    assert f'value="{slot}"' in tab.answer.text
    await tab.say("time", slot=str(slot))
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    assert "<dt>Device</dt><dd>ECG machine</dd>" in tab.answer.text
    assert "<dt>Practitioner</dt>" not in tab.answer.text
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text
    assert "ECG machine" in tab.answer.text
    assert await status_of(house, await slot_at(house, "2026-11-24 09:00", "bassi-short")) == "busy", (
        "it is one machine"
    )
    assert await status_of(house, await slot_at(house, "2026-11-24 09:00", "bassi-centro")) == "free"
    day = await client.get("/desk/scheduling/calendar?day=2026-11-24&practitioner=device.ecg1")
    assert "ECG machine" in day.text
    assert "Giulia Ferri" in day.text


async def test_who_needs_it_and_who_books_it_alone_do_not_both_have_it(
    house: House, elena: Actor, machine: str
) -> None:
    await booked(house, elena, await slot_at(house, "2026-11-24 09:20", "bassi-short"), wanted=Wanted("ecg"))
    alone = await slot_at(house, "2026-11-24 09:20", machine)
    assert await status_of(house, alone) == "busy"
    with pytest.raises(SlotTaken):
        await booked(house, elena, alone, patient="marco", wanted=Wanted("ecg"))


async def test_other_systems_see_a_device(house: House, machine: str, system: Callable[..., Awaitable[Ask]]) -> None:
    ask = await system()
    schedule: Any = (await ask(f"Schedule/{machine}")).json()
    assert schedule["actor"] == [
        {"reference": "Device/ecg1", "display": "ECG machine"},
        {"reference": "Location/centro", "display": "Poliambulatorio Centro"},
    ]
    beside: Any = (await ask("Schedule/bassi-short")).json()
    assert beside["actor"][-1] == {"reference": "Device/ecg1", "display": "ECG machine"}
    assert found(await ask("PractitionerRole?location=centro")) == found(
        await ask("PractitionerRole?practitioner=bassi,neri")
    )
    days = "start=2026-11-24&end=2026-11-25"
    for named in ("device.ecg1", "Device/ecg1"):
        offered = found(await ask(f"Appointment/$find?visit-type=ecg&practitioner={named}&{days}"))
        assert offered[0]["participant"][0]["actor"]["reference"] == "Device/ecg1"
    read = (await ask("Device/ecg1")).json()
    assert (read["deviceName"][0]["name"], read["status"]) == ("ECG machine", "active")
    assert read["location"]["reference"] == "Location/centro"
    assert [one["id"] for one in found(await ask("Device?location=Location/centro&status=active"))] == ["ecg1"]
    assert (await ask("Practitioner/device.ecg1")).status_code == 404


async def test_it_is_found_as_who_takes_part(
    house: House, elena: Actor, machine: str, system: Callable[..., Awaitable[Ask]]
) -> None:
    """With a calendar of its own, and beside a practitioner who needs it; a wish for it too."""
    alone = await booked(house, elena, await slot_at(house, "2026-11-24 09:00", machine), wanted=Wanted("ecg"))
    short = await slot_at(house, "2026-11-24 09:20", "bassi-short")
    beside = await booked(house, elena, short, "marco", wanted=Wanted("ecg"))
    async with house.db.transaction() as tx:
        wish = await earlier(house, tx, elena, alone.id, uuid7(), None)
    ask = await system()
    theirs = found(await ask("Appointment?actor=Device/ecg1"))
    assert {one["id"] for one in theirs} == {str(alone.id), str(beside.id), str(wish.id)}
    assert [one["id"] for one in found(await ask("Schedule?actor=Device/ecg1"))] == ["bassi-short", machine]
    assert found(await ask("Appointment?actor=Practitioner/device.ecg1")) == []
    actors = {one["id"]: [each["actor"]["reference"] for each in one["participant"]] for one in theirs}
    assert actors[str(alone.id)] == ["Patient/giulia", "Device/ecg1", "Location/centro"]
    assert actors[str(beside.id)] == ["Patient/marco", "Practitioner/bassi", "Location/centro", "Device/ecg1"]
    assert "Device/ecg1" in actors[str(wish.id)]


async def test_a_room_is_a_part_of_its_place(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, system: Callable[..., Awaitable[Ask]]
) -> None:
    await sign_in(client, "administrator", language="en")
    at = "/desk/scheduling/catalogue/rooms/new"
    room = {"id": "prelievi", "name": "Sala prelievi", "kind": "room", "location": "mare"}
    assert (await client.post(at, data=room | {"id": "centro"})).status_code == 422, "a place has that id"
    assert (await client.post(at, data=room)).status_code in (200, 303)
    ask = await system()
    read = (await ask("Location/prelievi")).json()
    assert (read["name"], read["partOf"]["reference"]) == ("Sala prelievi", "Location/mare")
    assert read["physicalType"]["coding"][0]["code"] == "ro"
    assert [one["id"] for one in found(await ask("Location?partof=Location/mare"))] == ["prelievi"]
    await house.db.execute("update scheduling.resource set id = 'centro' where id = 'prelievi'")
    assert (await ask("Location/centro")).json()["name"] == "Poliambulatorio Centro"
    assert (await ask("Location/room.centro")).json()["name"] == "Sala prelievi"


async def test_it_is_closed_for_whoever_needs_it(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, machine: str
) -> None:
    await sign_in(client, "agent", "davide", language="it")
    assert "ECG machine (apparecchiatura)" in (await client.get("/desk/scheduling/calendar?day=2026-11-24")).text
    await sign_in(client, "administrator", language="it")
    span = {"from_day": "2026-11-24", "to_day": "2026-11-24", "practitioner": "device.ecg1", "reason": "Guasto"}
    assert (await client.post("/desk/scheduling/closures", data=span)).status_code == 303
    for calendar in (machine, "bassi-short"):
        assert await status_of(house, await slot_at(house, "2026-11-24 09:00", calendar)) == "busy-unavailable"


async def test_the_machine_is_not_ended_while_its_calendar_is_in_use(client: httpx.AsyncClient, machine: str) -> None:
    refused = await client.post("/desk/scheduling/catalogue/rooms/ecg1/end")
    assert "take it out of the calendar templates first" in refused.text
