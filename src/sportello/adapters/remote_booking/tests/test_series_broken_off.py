"""A series' move or cancellation there that breaks off in the middle: nothing is lost, one conflict says what stands.

Our server dies, or the other system does, or the answer to a move back is lost.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.adapters.remote_booking.tests.made_anew import made_anew, standing
from sportello.adapters.remote_booking.tests.other_system import (
    SignIn,
    There,
    offered,
    settled,
    tab,
    their_dsn,
    there,
)
from sportello.adapters.remote_booking.tests.test_series_elsewhere import MONDAY, READ, a_series, moving, states
from sportello.administration.actor import SYSTEM
from sportello.app import furnish, open_house
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.scheduling import elsewhere_together
from sportello.scheduling import moving as moves
from sportello.scheduling.moving import Move
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures
STARTS = "select starts, status from scheduling.appointment order by id"
WIDE = "/desk/scheduling/conflicts"


async def stand(house: House) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await house.db.fetch(STARTS)]


async def stand_there(there: There, house: House) -> list[tuple[Any, ...]]:
    """The visits of the other system that ours are copies of, in our order."""
    rows = await house.db.fetch("select remote from scheduling.appointment order by id")
    sql = "select starts, status from scheduling.appointment where id = $1"
    return [tuple(await there.house.db.fetchrow(sql, UUID(row["remote"]))) for row in rows]


async def looked_at(house: House) -> None:
    """The look at the series, as it is promised."""
    await settled(house)
    await house.db.execute("update kit.job set run_at = now() where name = 'scheduling.series_in_part'")
    await house.jobs.run_due()


def dying(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Our server dies when it has sent so many orders."""
    real, sent = elsewhere_together.send, []

    async def dies(*args: Any, **named: Any) -> Any:
        told = await real(*args, **named)
        sent.append(args)
        if len(sent) == after:
            raise SystemError("killed")
        return told

    monkeypatch.setattr(elsewhere_together, "send", dies)


@pytest.mark.parametrize("after", [2, 3])
async def test_our_server_dies_and_the_next_one_tells(
    house: House, tab: Wizard, there: There, settings: Settings, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """The first and the last have moved; or all of them, and only their transaction here was lost."""
    await a_series(tab)
    _, *later = await house.db.fetch(READ)
    for visit in reversed(later):  # Monday, Wednesday, Thursday: the second one's new time is the third one's old one
        due = visit["starts"] + timedelta(days=1)
        free = await house.db.fetchval("select id from scheduling.slot where starts = $1 order by ends limit 1", due)
        await house.db.run(
            lambda tx, it=visit["id"], at=free: moves.move(house, tx, SYSTEM, Move(it, at, anywhere=True))
        )
    was = [at for at, _ in await stand(house)]
    moved = await moving(tab, house, timedelta(days=1))
    dying(monkeypatch, after)
    assert (await moved.say("review", action="schedule", rest="yes")).status_code == 500
    assert await house.db.fetchval("select count(*) from scheduling.elsewhere_series where left_at is null") == 1
    await house.jobs.stop()
    async with open_house(furnish(settings)) as fresh:
        await looked_at(fresh)
    day = timedelta(days=1)
    second = was[1] + (day if after == 3 else timedelta())
    assert await stand(house) == [(was[0] + day, "booked"), (second, "booked"), (was[2] + day, "booked")]
    assert await stand(house) == await stand_there(there, house)
    assert not await house.db.fetchval("select count(*) from scheduling.wish"), "it is told once, not visit by visit"
    page = (await tab.client.get(WIDE)).text
    if after == 3:
        assert "No conflicts" in page
        assert await house.db.fetchval("select count(*) from scheduling.elsewhere_series") == 0
        return
    assert page.count("A series of 3 visits") == 1
    assert (page.count(": moved to "), page.count(": not moved, it was to be at ")) == (2, 1)
    assert "1 conflict" in (await tab.client.get("/desk/scheduling/calendar")).text
    free = "select id from scheduling.slot where starts = $1 order by ends limit 1"
    late = await house.db.fetchval(free, was[1] + day)
    await house.db.run(lambda tx: moves.move(house, tx, SYSTEM, Move(later[0]["id"], late, anywhere=True)))
    assert "No conflicts" in (await tab.client.get(WIDE)).text, "all stand alike"


async def test_the_other_system_dies(house: House, tab: Wizard, there: There) -> None:
    await a_series(tab)
    was = [at for at, _ in await stand(house)]
    moved = await moving(tab, house)
    asked = len(there.door.asked)
    there.door.refuse = lambda _path: sum("$reschedule" in one for one in there.door.asked[asked:]) > 2
    answer = await moved.say("review", action="schedule", rest="yes")
    assert "moved only some of these visits" in answer.text
    await looked_at(house)
    page = (await tab.client.get(WIDE)).text
    assert page.count("A series of 3 visits") == 1, "told while it is away, too"
    assert page.count("not known, the other system has not answered") == 3 - page.count(": not moved")
    there.door.refuse = lambda _path: False
    await looked_at(house)
    hour = timedelta(hours=1)
    assert await stand(house) == [(was[0] + hour, "booked"), (was[1], "booked"), (was[2] + hour, "booked")]
    assert await stand(house) == await stand_there(there, house)
    page = (await tab.client.get(WIDE)).text
    assert (page.count(": moved to "), page.count(": not moved, it was to be at ")) == (2, 1)
    [series] = await house.db.fetch("select id from scheduling.elsewhere_series")
    await tab.client.post(f"{WIDE}/series/{series['id']}/keep")
    assert "No conflicts" in (await tab.client.get(WIDE)).text
    trail = "select count(*) from administration.audit_event where action = 'appointment.kept' and entity = $1"
    assert await house.db.fetchval(trail, f"series/{series['id']}") == 1


async def refused_in_the_middle(there: There, starts: datetime) -> None:
    """The second visit's new time is closed there meanwhile."""
    await there.house.db.execute(
        "insert into scheduling.closure (id, during, practitioner, reason, by, at) values"
        " (gen_random_uuid(), tstzrange($1::timestamptz + interval '1 hour', $1::timestamptz + interval '80 minutes'),"
        " 'bassi', 'x', 'x', now())", starts,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["answer lost", "killed"])
async def test_whether_it_moved_back_is_looked_for(
    house: House, tab: Wizard, there: There, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Two moved, the third is refused; the last is moved back, and then the first: its answer does not come home, or
    our server dies over it.
    """
    await a_series(tab)
    before = await stand(house)
    moved = await moving(tab, house)
    await refused_in_the_middle(there, before[1][0])
    asked = len(there.door.asked)

    def back() -> bool:
        return sum("$reschedule" in one for one in there.door.asked[asked:]) > 3

    there.door.lose = lambda path: back() and "$reschedule" in path
    there.door.refuse = lambda path: back() and "$reschedule" not in path
    real = elsewhere_together.outcome

    async def dies(*args: Any) -> Any:
        await real(*args)
        raise SystemError("killed")

    if how == "killed":
        monkeypatch.setattr(elsewhere_together, "outcome", dies)
    answer = await moved.say("review", action="schedule", rest="yes")
    assert answer.status_code == (500 if how == "killed" else 409)
    there.door.lose = there.door.refuse = lambda _path: False
    await settled(house)
    if how == "killed":
        assert ("move", "undoing") in await states(house), "whoever takes it back may be alive"
        await house.db.execute("update scheduling.elsewhere_order set touched_at = now() - interval '4 minutes'")
    await looked_at(house)
    assert await stand(house) == await stand_there(there, house)
    page = (await tab.client.get(WIDE)).text
    # The last one is back; the first was not moved back any more: nobody was there, or it was left alone for a while.
    hour = timedelta(hours=1)
    assert await stand(house) == [(before[0][0] + hour, "booked"), *before[1:]]
    assert (page.count(": moved to "), page.count(": not moved, it was to be at ")) == (1, 2)


async def test_our_server_dies_while_it_cancels(
    house: House, tab: Wizard, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_series(tab)
    first = (await house.db.fetch(READ))[0]["id"]
    address = f"/desk/scheduling/appointments/{first}/cancellation"
    dying(monkeypatch, 1)
    assert (await tab.client.post(address, data={"why": "pat", "rest": "yes"})).status_code == 500
    await looked_at(house)
    assert [status for _, status in await stand(house)] == ["cancelled", "booked", "booked"]
    page = (await tab.client.get(WIDE)).text
    assert (page.count(": cancelled"), page.count(": not cancelled")) == (1, 2)
    assert "Cancel the others too" in page
    rest = (await house.db.fetch(READ))[1]["id"]
    await tab.client.post(f"/desk/scheduling/appointments/{rest}/cancellation", data={"why": "pat", "rest": "yes"})
    assert [status for _, status in await stand(house)] == ["cancelled"] * 3
    assert "No conflicts" in (await tab.client.get(WIDE)).text
    await looked_at(house)
    assert await house.db.fetchval("select count(*) from scheduling.elsewhere_series where left_at is null") == 0


@pytest.mark.parametrize("lost", [False, True])
async def test_moved_back_where_a_visit_is_made_anew(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, lost: bool
) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        await tab.say("time", action="search", day=MONDAY)
        await tab.say("time", slot=offered(tab)[0])
        await tab.say("time", action="next")
        await tab.say("reason", reason="Ciclo di controlli")
        await tab.say("review", action="series", count="3", every="1", unit="days")
        await tab.say("review", action="schedule")
        assert tab.step == "confirm", tab.answer.text
        before = await stand(house)
        moved = await moving(tab, house)
        posted = []

        def fail(method: str, path: str) -> str | int | None:
            if method == "POST":
                posted.append(path)
                if len(posted) == 3:
                    return 409
            return (
                "lost after"
                if lost and len(posted) > 3 and method in ("POST", "PATCH")
                else (503 if lost and len(posted) > 3 else None)
            )

        theirs.fail = fail
        answer = await moved.say("review", action="schedule", rest="yes")
        assert answer.status_code == 409, answer.text
        theirs.fail = lambda _method, _path: None
        await looked_at(house)
        assert await stand(house) == before
        ours = {row["remote"]: row["starts"] for row in await house.db.fetch(READ)}
        assert ours == standing(theirs), "each copy is of the visit that stands there"
        assert "No conflicts" in (await client.get(WIDE)).text
