"""Series where another system keeps the calendars: all visits are held, booked and moved there, or none."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sportello.adapters.remote_booking.tests.other_system import (
    TODAY,
    There,
    offered,
    settled,
    tab,
    their_dsn,
    there,
    to_times,
)
from sportello.kit.house import House
from sportello.scheduling import elsewhere_together
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures
READ = "select id, starts, status, remote from scheduling.appointment order by starts"
MONDAY = (TODAY + timedelta(days=7 - TODAY.weekday())).isoformat()  # no weekend between the visits
EVERY = {"count": "3", "every": "1", "unit": "days"}


async def to_series(tab: Wizard, **rhythm: str) -> None:
    """At the review, with the times of all visits held."""
    await to_times(tab)
    await tab.say("time", action="search", day=MONDAY)
    await tab.say("time", slot=offered(tab)[0])
    await tab.say("time", action="next")
    await tab.say("reason", reason="Ciclo di controlli")
    await tab.say("review", action="series", **(EVERY | rhythm))
    assert tab.answer.status_code == 200, tab.answer.text


async def a_series(tab: Wizard, **rhythm: str) -> None:
    await to_series(tab, **rhythm)
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text


async def states(house: House) -> list[tuple[str, str]]:
    return [
        tuple(row) for row in await house.db.fetch("select what, state from scheduling.elsewhere_order order by at")
    ]


async def test_held_and_booked_there_in_one_go(house: House, tab: Wizard, there: There) -> None:
    await to_series(tab, count="5")
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 5
    other = Wizard(tab.client)
    other.id = tab.id
    await asyncio.gather(tab.say("review", action="schedule"), other.say("review", action="schedule"))
    assert (tab.step, other.step) == ("confirm", "confirm"), tab.answer.text
    assert [status for status, _ in await there.visits()] == ["booked"] * 5
    ours = await house.db.fetch(READ)
    theirs = await there.house.db.fetch("select id::text, starts from scheduling.appointment order by starts")
    assert [(one["remote"], one["starts"]) for one in ours] == [tuple(one) for one in theirs]
    assert await house.db.fetchval("select count(distinct series) from scheduling.appointment") == 1
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 0
    assert set(await states(house)) == {("book", "kept")}


async def test_one_is_refused_and_none_is_booked(house: House, tab: Wizard, there: There) -> None:
    await to_series(tab)
    last = await house.db.fetchrow("select h.starts, h.remote from scheduling.hold h order by h.starts desc limit 1")
    await there.house.db.execute(
        "insert into scheduling.closure (id, during, practitioner, reason, by, at) values"
        " (gen_random_uuid(), tstzrange($1::timestamptz, $1::timestamptz + interval '1 hour'), 'bassi', 'x', 'x',"
        " now())", last["starts"],
    )  # fmt: skip
    await there.house.db.execute(
        "update scheduling.slot set status = 'busy-unavailable' where starts >= $1::timestamptz"
        " and starts < $1::timestamptz + interval '1 hour'", last["starts"],
    )  # fmt: skip
    answer = await tab.say("review", action="schedule")
    assert (answer.status_code, tab.step) == (409, "review"), answer.text
    assert "One of these times was taken a moment ago" in answer.text
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0
    assert [status for status, _ in await there.visits()] == ["cancelled", "cancelled"]
    assert await states(house) == [("book", "undone"), ("book", "undone"), ("book", "refused")]
    await tab.say("review", action="series", **EVERY)
    assert tab.answer.status_code == 200, tab.answer.text
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text
    assert sorted(status for status, _ in await there.visits()) == ["booked"] * 3 + ["cancelled"] * 2


async def test_a_server_dies_in_between_and_nothing_stays_booked_there(
    house: House, tab: Wizard, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    await to_series(tab)
    real, sent = elsewhere_together.send, []

    async def dies(*args: Any, **named: Any) -> Any:
        sent.append(args)
        if len(sent) == 3:
            raise SystemError("killed")
        return await real(*args, **named)

    monkeypatch.setattr(elsewhere_together, "send", dies)
    assert (await tab.say("review", action="schedule")).status_code == 500
    assert [status for status, _ in await there.visits()] == ["booked", "booked"]
    await settled(house)
    assert [status for status, _ in await there.visits()] == ["cancelled", "cancelled"]
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0


async def moving(tab: Wizard, house: House, by: timedelta = timedelta(hours=1)) -> Wizard:
    """At the review of moving the first visit of a series and the later ones along."""
    first = (await house.db.fetch(READ))[0]
    moved = await Wizard(tab.client).begin(appointment=str(first["id"]))
    slot = await house.db.fetchval(
        "select id from scheduling.slot where status = 'free' and starts = $1 order by ends limit 1",
        first["starts"] + by,
    )
    await moved.say("time", action="search", day=MONDAY)
    assert str(slot) in offered(moved)
    await moved.say("time", slot=str(slot))
    await moved.say("time", action="next")
    await moved.say("reason")
    return moved


async def test_the_later_ones_move_along_and_are_cancelled(house: House, tab: Wizard, there: There) -> None:
    await a_series(tab)
    before = [row["starts"] for row in await house.db.fetch(READ)]
    moved = await moving(tab, house)
    await moved.say("review", action="schedule", rest="yes")
    assert moved.step == "confirm", moved.answer.text
    ours = await house.db.fetch(READ)
    assert [row["starts"] for row in ours] == [at + timedelta(hours=1) for at in before]
    theirs = await there.house.db.fetch("select id::text, starts from scheduling.appointment order by starts")
    assert [(row["remote"], row["starts"]) for row in ours] == [tuple(row) for row in theirs]
    lost = {str(ours[2]["remote"])}
    there.door.lose = lambda path: any(one in path for one in lost) and "$cancel" in path
    answer = await tab.client.post(
        f"/desk/scheduling/appointments/{ours[0]['id']}/cancellation", data={"why": "pat", "rest": "yes"}
    )
    assert answer.status_code == 409
    assert "did not answer for these" in answer.text
    assert [row["status"] for row in await house.db.fetch(READ)] == ["cancelled", "cancelled", "booked"]
    lost.clear()
    await settled(house)
    assert {row["status"] for row in await house.db.fetch(READ)} == {"cancelled"}, "it was done there after all"


async def test_pressed_twice_it_moves_once_and_is_cancelled_once(house: House, tab: Wizard, there: There) -> None:
    await a_series(tab)
    before = [row["starts"] for row in await house.db.fetch(READ)]
    moved = await moving(tab, house)
    other = Wizard(tab.client)
    other.id = moved.id
    await asyncio.gather(*(one.say("review", action="schedule", rest="yes") for one in (moved, other)))
    assert (moved.step, other.step) == ("confirm", "confirm"), (moved.answer.text, other.answer.text)
    ours = await house.db.fetch(READ)
    assert [row["starts"] for row in ours] == [at + timedelta(hours=1) for at in before]
    assert len([one for one in there.door.asked if "$reschedule" in one]) == 3
    address = f"/desk/scheduling/appointments/{ours[0]['id']}/cancellation"
    said = {"why": "pat", "rest": "yes"}
    answers = await asyncio.gather(*(tab.client.post(address, data=said) for _ in range(2)))
    assert all(one.status_code < 500 for one in answers)
    assert {row["status"] for row in await house.db.fetch(READ)} == {"cancelled"}
    assert {status for status, _ in await there.visits()} == {"cancelled"}
    await settled(house)
    assert {state for _, state in await states(house)} == {"kept"}
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0


@pytest.mark.parametrize("back", [True, False])
async def test_one_cannot_move_along(house: House, tab: Wizard, there: There, back: bool) -> None:
    await a_series(tab)
    before = await house.db.fetch(READ)
    moved = await moving(tab, house)
    # The last visit is asked for before the one between: that one's new time is closed there meanwhile.
    await there.house.db.execute(
        "insert into scheduling.closure (id, during, practitioner, reason, by, at) values"
        " (gen_random_uuid(), tstzrange($1::timestamptz + interval '1 hour', $1::timestamptz + interval '80 minutes'),"
        " 'bassi', 'x', 'x', now())", before[1]["starts"],
    )  # fmt: skip
    asked = len(there.door.asked)

    def refuses(path: str) -> bool:
        moves = [one for one in there.door.asked[asked:] if "$reschedule" in one]
        return not back and len(moves) > 3

    there.door.refuse = refuses
    answer = await moved.say("review", action="schedule", rest="yes")
    assert (answer.status_code, moved.step) == (409, "review"), answer.text
    there.door.refuse = lambda _path: False
    starts = "select starts from scheduling.appointment order by starts"
    if back:
        assert "Nothing was moved" in answer.text
        assert await states(house) == [
            *[("book", "kept")] * 3,
            ("move", "undone"),
            ("move", "undone"),
            ("move", "refused"),
        ]
    else:
        assert "moved only some of these visits" in answer.text
        await settled(house)
    ours, theirs = await house.db.fetch(starts), await there.house.db.fetch(starts)
    assert ours == theirs, "what stands there stands here"
    if back:
        assert [row["starts"] for row in ours] == [row["starts"] for row in before]
