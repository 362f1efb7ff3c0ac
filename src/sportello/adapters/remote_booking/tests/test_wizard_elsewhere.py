"""The wizard over HTTP while another system keeps the calendars: a second running Sportello, a store, and a server that
minds its slots.
"""

import asyncio
import re

import httpx

from sportello.adapters.remote_booking.tests.other_system import (
    There,
    booked,
    chosen,
    offered,
    reached_again,
    remote_of,
    settled,
    tab,
    their_dsn,
    there,
    to_times,
)
from sportello.kit.house import House
from sportello.portal import signing_in
from sportello.portal.tests.test_own_visits import Phone
from sportello.scheduling import holding
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures


async def test_found_held_booked_moved_cancelled_there(house: House, tab: Wizard, there: There) -> None:
    assert await house.db.fetchval("select count(*) from scheduling.slot") == 0, "nothing is cut here"
    times = await to_times(tab)
    assert len(times) > 5
    assert await house.db.fetchval("select count(*) from scheduling.slot where remote is null") == 0
    await tab.say("time", slot=times[0])
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 1
    await tab.say("time", slot=times[1])
    await house.jobs.run_due()
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 1, "the first was given back"
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo", details="Porta gli esami.")
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text
    assert await there.visits() == [("booked", "Controllo")]
    await tab.say("confirm", mail="yes", action="done")
    ours = await house.db.fetchrow("select id, status, starts, remote, reason from scheduling.appointment")
    theirs = await there.house.db.fetchrow("select id::text, starts from scheduling.appointment")
    assert (ours["remote"], ours["starts"], ours["status"]) == (theirs["id"], theirs["starts"], "booked")
    assert await house.db.fetchval("select count(*) from kit.job where name like 'outreach.%'") > 0, (
        "the copy is told of"
    )

    moving = await Wizard(tab.client).begin(appointment=str(ours["id"]))
    again = offered(moving)
    assert times[1] not in again
    await moving.say("time", slot=again[3])
    await moving.say("time", action="next")
    await moving.say("reason", reason="")
    await moving.say("review", action="schedule")
    assert moving.step == "confirm", moving.answer.text
    theirs = await there.house.db.fetch("select id::text, starts, status from scheduling.appointment")
    moved = await house.db.fetchrow("select starts, remote, sequence from scheduling.appointment")
    assert [tuple(row) for row in theirs] == [(moved["remote"], moved["starts"], "booked")]
    assert moved["sequence"] == 1

    await tab.client.post(f"/desk/scheduling/appointments/{ours['id']}/cancellation", data={"why": "pat"})
    assert [one[0] for one in await there.visits()] == ["cancelled"]
    assert await house.db.fetchval("select status from scheduling.appointment") == "cancelled"
    states = await house.db.fetch("select what, state from scheduling.elsewhere_order order by at")
    assert [tuple(row) for row in states] == [("book", "kept"), ("move", "kept"), ("cancel", "kept")]


async def test_taken_meanwhile_is_told_and_nothing_typed_is_lost(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    theirs = await remote_of(house, times[0])
    await there.house.db.run(lambda tx: holding.hold(there.house, tx, "x", theirs, Wanted("ecg"), "x"))
    answer = await tab.say("time", slot=times[0])
    assert (answer.status_code, tab.step) == (409, "time")
    assert "taken a moment ago" in answer.text


async def test_twice_is_once(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    await tab.say("time", slot=times[0])
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    other = Wizard(tab.client)
    other.id = tab.id
    await asyncio.gather(tab.say("review", action="schedule"), other.say("review", action="schedule"))
    assert (tab.step, other.step) == ("confirm", "confirm")
    assert len(await there.visits()) == 1
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1
    assert [path for path in there.door.asked if path.endswith("$book")] == ["POST Appointment/$book"]


async def test_away_is_told_and_goes_on_where_it_was(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    await tab.say("time", slot=times[0])
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo", details="Porta gli esami.")
    there.door.away = True
    answer = await tab.say("review", action="schedule")
    assert (answer.status_code, tab.step) == (409, "review")
    assert "cannot be reached" in answer.text
    assert "Porta gli esami." in answer.text
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0
    await tab.say("review", action="back")
    await tab.say("reason", action="back")
    assert tab.step == "time"
    there.door.away = False
    reached_again(house)
    await tab.say("time", action="next")
    await tab.say("reason", action="next")
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text
    assert len(await there.visits()) == 1


async def test_a_lost_answer_is_found(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    there.door.lose = lambda path: path.endswith("$book")
    await booked(tab, times[0])
    assert tab.step == "confirm", tab.answer.text
    assert len(await there.visits()) == 1


async def test_what_nobody_was_told_of_is_taken_back(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    lost = {"yes": True}
    there.door.lose = lambda path: lost["yes"] and (path.endswith("$book") or path == "GET Appointment")
    answer = await booked(tab, times[0])
    assert (answer.status_code, tab.step) == (409, "review")
    assert [one[0] for one in await there.visits()] == ["booked"], "it was done there, and nobody knows"
    lost["yes"] = False
    await settled(house)
    assert [one[0] for one in await there.visits()] == ["cancelled"]
    assert await house.db.fetchval("select state from scheduling.elsewhere_order") == "undone"
    await tab.say("review", action="schedule")
    if tab.step == "time":  # the time had been given back there
        await booked(tab, offered(tab)[0])
    assert tab.step == "confirm", tab.answer.text
    assert sorted(one[0] for one in await there.visits()) == ["booked", "cancelled"]


async def test_a_lost_cancellation_is_followed(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    ours = await house.db.fetchval("select id from scheduling.appointment")
    lost = {"yes": True}
    there.door.lose = lambda path: lost["yes"] and path.endswith("$cancel")
    told = await tab.client.post(f"/desk/scheduling/appointments/{ours}/cancellation", data={"why": "pat"})
    assert told.status_code == 422
    assert "cannot be reached" in told.text
    assert await house.db.fetchval("select status from scheduling.appointment") == "booked"
    lost["yes"] = False
    await settled(house)
    assert await house.db.fetchval("select status from scheduling.appointment") == "cancelled"


async def test_patients_book_there_too(house: House, client: httpx.AsyncClient, there: There) -> None:
    async with house.db.transaction() as tx:
        await tx.execute("update scheduling.service set self_booking = true, notice_hours = 0, notice_days = 0")
        await signing_in.open_account(house, tx, "giulia.ferri", "246810", "giulia")
    phone = Phone(client)
    await phone.enter("giulia.ferri", "246810")
    begun = await phone.send("/portal/wizard")
    at = begun.url.path
    for step, said in [("who", "practitioner:bassi"), ("type", "ecg|in_person"), ("place", "any")]:
        await phone.send(f"{at}/{step}", **{step: said})
    slot = re.findall(r'name="slot" value="(\d+)"', phone.page)[0]
    there.door.away = True
    told = await phone.send(f"{at}/time", slot=slot)
    assert told.status_code == 409
    assert "non è raggiungibile" in told.text
    there.door.away = False
    reached_again(house)
    for step, fields in [
        ("time", {"slot": slot}), ("time", {"action": "next"}), ("reason", {"reason": "Controllo"}),
        ("review", {"action": "schedule"}), ("confirm", {"mail": "yes", "action": "done"}),
    ]:  # fmt: skip
        assert (await phone.send(f"{at}/{step}", **fields)).status_code == 200, phone.page
    assert [one[0] for one in await there.visits()] == ["booked"]
    ours = await house.db.fetchval("select id from scheduling.appointment")
    await phone.get("/portal")
    await phone.send(f"/portal/appointments/{ours}/cancellation")
    assert [one[0] for one in await there.visits()] == ["cancelled"]


async def test_taken_back_the_calendars_are_cut_here_again(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    await chosen(house, kept="here", address="")
    copies = await house.db.fetchval(
        "select count(*) from scheduling.slot where remote is not null and status = 'free'"
    )
    assert copies == 0
    assert await house.db.fetchval("select count(*) from scheduling.slot where status = 'free'") > 100
    ours = await house.db.fetchval("select id from scheduling.appointment")
    await tab.client.post(f"/desk/scheduling/appointments/{ours}/cancellation", data={"why": "pat"})
    assert await house.db.fetchval("select status from scheduling.appointment") == "cancelled", "nobody is there to ask"
