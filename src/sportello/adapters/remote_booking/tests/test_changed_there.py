"""What staff change by hand in the system that keeps the calendars is followed here: at a second Sportello, and at
servers that cannot be asked what changed.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.adapters.remote_booking.terms import terms_of
from sportello.adapters.remote_booking.tests.conftest import Store
from sportello.adapters.remote_booking.tests.other_system import (
    Door,
    Served,
    SignIn,
    There,
    booked,
    chosen,
    faking,
    offered,
    reached_again,
    settled,
    tab,
    their_dsn,
    there,
    to_times,
)
from sportello.adapters.remote_booking.tests.test_other_ways import small
from sportello.administration.actor import SYSTEM
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.scheduling import cancelling, elsewhere_watching, moving
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.moving import Move
from sportello.scheduling.store import appointments
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.tests.conftest import GIULIA
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures
READ = "select id, status, starts, ends, practitioner, location, remote, sequence, reason from scheduling.appointment"


async def look(house: House) -> None:
    """One round of the job; what it found changing here meanwhile is looked at again."""
    known = await house.db.run(visits.watch)
    assert known
    await elsewhere_watching.look(house, known)


async def ours(house: House) -> Any:
    return await house.db.fetchrow(READ)


async def history(house: House) -> list[tuple[str, str]]:
    rows = await house.db.fetch("select what, by from scheduling.appointment_change order by number")
    return [(row["what"], row["by"]) for row in rows if row["by"] == "system:elsewhere"]


async def letters(house: House) -> list[str]:
    await house.jobs.run_due()
    return [row["kind"] for row in await house.db.fetch("select kind from outreach.message order by created_at")]


async def other_slot(there: There, but: datetime) -> int:
    """A free time there of the same calendar."""
    return int(
        await there.house.db.fetchval(
            "select s.id from scheduling.slot s where s.status = 'free' and s.schedule = 'bassi-short'"
            " and s.starts > $1 order by starts limit 1",
            but + timedelta(days=1),
        )
    )


async def test_moved_reworded_and_cancelled_there(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    before = await ours(house)
    for _ in range(2):
        await look(house)
    assert await history(house) == [], "the echo of what we asked for changes nothing"
    known = UUID(before["remote"])
    target = await other_slot(there, before["starts"])
    await there.house.db.run(lambda tx: moving.move(there.house, tx, SYSTEM, Move(known, target)))
    theirs = await there.house.db.run(lambda tx: appointments.read(tx, known))
    assert theirs
    await look(house)
    after = await ours(house)
    assert (after["starts"], after["ends"], after["sequence"]) == (theirs.starts, theirs.ends, 1)
    assert (
        await house.db.fetchval("select count(*) from scheduling.claim where during @> $1::timestamptz", theirs.starts)
        == 2
    )
    assert await history(house) == [("moved", "system:elsewhere")]
    assert [path for path in there.door.asked if "$reschedule" in path] == [], "nothing was asked of it"
    await there.house.db.run(lambda tx: appointments.put_words(tx, known, "Controllo e colloquio", ""))
    await look(house)
    await look(house)
    assert (await ours(house))["reason"] == "Controllo e colloquio"
    await there.house.db.run(lambda tx: cancelling.cancel(there.house, tx, SYSTEM, known, CancelReason.PRACTITIONER))
    await look(house)
    gone = await house.db.fetchrow("select status, cancel_reason from scheduling.appointment")
    assert tuple(gone) == ("cancelled", "prov")
    assert await history(house) == [
        ("moved", "system:elsewhere"), ("reworded", "system:elsewhere"), ("cancelled", "system:elsewhere"),
    ]  # fmt: skip
    states = await house.db.fetch("select what, state, theirs from scheduling.elsewhere_order order by at")
    assert [tuple(row) for row in states] == [
        ("book", "kept", False), ("move", "kept", True), ("cancel", "kept", True),
    ]  # fmt: skip
    page = await tab.client.get(f"/desk/scheduling/calendar/visit/{after['id']}")
    assert "changed in the other system" in page.text
    assert await letters(house) == ["moved", "cancelled"], "the patient is told as of other changes"


async def test_the_other_system_writes_itself(house: House, tab: Wizard, there: There) -> None:
    terms = await terms_of(house, house.db)
    await chosen(house, address=terms.address, client=terms.client, writes=True)
    await booked(tab, (await to_times(tab))[0])
    known = UUID((await ours(house))["remote"])
    await there.house.db.run(lambda tx: cancelling.cancel(there.house, tx, SYSTEM, known, CancelReason.OTHER))
    await look(house)
    assert (await ours(house))["status"] == "cancelled"
    assert await letters(house) == []


async def test_what_cannot_be_followed_is_a_conflict_once(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    before = await ours(house)
    await there.house.db.execute("insert into scheduling.practitioner (id, name) values ('rossi', 'Dott. Rossi')")
    await there.house.db.execute("update scheduling.appointment set practitioner = 'rossi'")
    await look(house)
    after = await ours(house)
    assert (after["practitioner"], after["starts"], after["status"]) == ("bassi", before["starts"], "booked")
    notes = await house.db.fetch("select by, note from scheduling.wish")
    assert [row["by"] for row in notes] == ["elsewhere"]
    page = await tab.client.get("/desk/scheduling/conflicts")
    assert "Changed in the other system" in page.text
    await tab.client.post(f"/desk/scheduling/conflicts/{after['id']}/keep")
    await look(house)
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0, "a person has decided"
    await there.house.db.execute("update scheduling.appointment set practitioner = 'bassi'")
    await look(house)
    assert await house.db.fetchval("select flagged from scheduling.elsewhere_visit") == ""


async def test_a_change_from_here_under_way_is_left_alone(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    one = await ours(house)
    lost = {"yes": True}
    there.door.lose = lambda path: lost["yes"] and path.endswith("$cancel")
    await tab.client.post(f"/desk/scheduling/appointments/{one['id']}/cancellation", data={"why": "pat"})
    lost["yes"] = False
    reached_again(house)
    await look(house)
    assert await history(house) == [], "our own order brings it to its end"
    await settled(house)
    assert (await ours(house))["status"] == "cancelled"
    await look(house)
    assert await history(house) == []


async def test_killed_in_between_is_followed_by_the_settling(
    house: House, tab: Wizard, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    await booked(tab, (await to_times(tab))[0])
    known = UUID((await ours(house))["remote"])
    await there.house.db.run(lambda tx: cancelling.cancel(there.house, tx, SYSTEM, known, CancelReason.OTHER))

    async def dies(*_: Any) -> None:
        raise SystemError("killed")

    monkeypatch.setattr(elsewhere_watching, "follow", dies)
    with pytest.raises(SystemError):
        await look(house)
    await settled(house)
    assert (await ours(house))["status"] == "cancelled"
    assert await history(house) == [("cancelled", "system:elsewhere")]


async def test_not_come_there_gives_the_time_back(house: House, tab: Wizard, there: There) -> None:
    await booked(tab, (await to_times(tab))[0])
    await there.house.db.execute("update scheduling.appointment set status = 'noshow'")
    await look(house)
    assert (await ours(house))["status"] == "booked", "not before its time"
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 1
    await house.db.execute(
        "update scheduling.appointment set starts = now() - interval '1 hour', ends = now() - interval '30 minutes'"
    )
    await there.house.db.execute(
        "update scheduling.appointment set starts = now() - interval '1 hour', ends = now() - interval '30 minutes'"
    )
    await look(house)
    assert (await ours(house))["status"] == "noshow"


async def test_read_one_by_one_where_changes_are_not_told(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    store = Store()
    async with house.db.transaction() as tx:
        await load_calendar(tx, small())
        for resource in GIULIA:
            await fhir.put(tx, resource)
    known = {"codes": "Practitioner/irene = bianchi\nLocation/sede = nord", "auth": "none"}
    soon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    half = timedelta(minutes=30)
    for number, name in enumerate(("s1", "s2", "s3")):
        at = soon + half * number
        store.put(store.kept[f"Slot/{name}"] | {"start": at.isoformat(), "end": (at + half).isoformat()})
    async with Served(Door(faking(store))) as address:
        await chosen(house, address=address, **known)
        await sign_in(client, "agent", language="en")
        tab = await Wizard(client).begin()
        await tab.say("who", who="practitioner:irene")
        await tab.say("type", type="ecg|in_person")
        await tab.say("place", place="sede")
        await booked(tab, offered(tab)[0])
        [name] = [one for one in store.kept if one.startswith("Appointment/")]
        await look(house)
        store.put(store.kept[name] | {"end": (soon + 2 * half).isoformat(), "description": "Controllo lungo"})
        await look(house)
        longer = await ours(house)
        assert (longer["starts"], longer["ends"], longer["reason"]) == (soon, soon + 2 * half, "Controllo lungo")
        assert await house.db.fetchval("select max(upper(during)) from scheduling.claim") == soon + 2 * half
        at = {"start": (soon + 2 * half).isoformat(), "end": (soon + 3 * half).isoformat()}
        store.put(store.kept[name] | at | {"slot": [{"reference": "Slot/s3"}]})
        await look(house)
        assert (await ours(house))["starts"] == soon + 2 * half
        del store.kept[name]
        await look(house)
        assert (await ours(house))["status"] == "booked"
        note = await house.db.fetchval("select note from scheduling.wish where by = 'elsewhere'")
        assert note == elsewhere_watching.GONE
        assert "It is not in the other system any more." in (await client.get("/desk/scheduling/conflicts")).text
        watch = await house.db.run(visits.watch)
        assert watch
        assert not watch.trouble
        store.fail = lambda _method, _path: 503
        await look(house)
        await sign_in(client, "administrator", language="en")
        page = await client.get("/desk/other-calendars")
        assert "it could not be asked what was changed there" in page.text
        assert "Moved there by hand" in page.text
