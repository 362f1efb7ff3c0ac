"""An order whose answer was lost, and a newer wish for the same visit: what was decided last stands, here and there."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.adapters.remote_booking.tests.conftest import Minding
from sportello.adapters.remote_booking.tests.made_anew import MONDAY, made_anew, standing
from sportello.adapters.remote_booking.tests.other_system import (
    SignIn,
    There,
    booked,
    offered,
    reached_again,
    settled,
    tab,
    their_dsn,
    there,
    to_times,
)
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House
from sportello.scheduling import booking, cancelling, elsewhere_orders, horizon, moving
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.moving import CannotMove, Move
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures


async def ours(house: House) -> Any:
    return await house.db.fetchrow("select id, status, starts, slot, remote from scheduling.appointment")


async def a_visit(tab: Wizard) -> list[int]:
    """Booked at the first time; the others that are offered."""
    await tab.say("time", action="search", day=MONDAY.isoformat())
    first, *others = offered(tab)
    await booked(tab, first)
    assert tab.step == "confirm", tab.answer.text
    return [int(one) for one in others]


async def move(house: House, to: int) -> None:
    known = (await ours(house))["id"]
    await house.db.run(lambda tx: moving.move(house, tx, SYSTEM, Move(known, to)))


async def cancel(house: House) -> None:
    known = (await ours(house))["id"]
    await house.db.run(lambda tx: cancelling.cancel(house, tx, SYSTEM, known, CancelReason.PATIENT))


def lost_after(there: Minding, method: str) -> None:
    """The next such change is made, and then nothing is heard any more."""
    done: list[str] = []

    def fail(asked: str, _path: str) -> str | None:
        if done:
            return "lost before"
        if asked == method:
            done.append(asked)
            return "lost after"
        return None

    there.fail = fail


def heard_again(house: House, there: Minding) -> None:
    there.fail = lambda _method, _path: None
    reached_again(house)


async def half_moved(house: House, theirs: Minding, tab: Wizard) -> list[int]:
    """A visit whose move to the first of the other times was made there, and the answer lost."""
    others = await a_visit(tab)
    lost_after(theirs, "POST")
    with pytest.raises(NotReached):
        await move(house, others[0])
    heard_again(house, theirs)
    return others


async def test_a_move_that_was_half_made_is_finished(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await half_moved(house, theirs, tab)
        assert len(standing(theirs)) == 2, "the new one is made, the old one not ended"
        await settled(house)
        one = await ours(house)
        assert (one["slot"], {one["remote"]: one["starts"]}) == (others[0], standing(theirs))


async def test_another_time_was_chosen_meanwhile(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await half_moved(house, theirs, tab)
        await move(house, others[1])
        await settled(house)
        one = await ours(house)
        assert (one["slot"], {one["remote"]: one["starts"]}) == (others[1], standing(theirs))


async def test_it_was_cancelled_meanwhile(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        await half_moved(house, theirs, tab)
        await cancel(house)
        await settled(house)
        assert (await ours(house))["status"] == "cancelled"
        assert standing(theirs) == {}, "what the move had made is ended too"
        assert await house.db.fetchval("select count(*) from scheduling.wish") == 0


async def test_a_cancellation_that_never_came_there_and_then_a_move(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await a_visit(tab)
        theirs.fail = lambda method, _path: None if method == "GET" else "lost before"
        with pytest.raises(NotReached):
            await cancel(house)
        heard_again(house, theirs)
        await move(house, others[0])  # which ends the visit that was to be cancelled, and makes another one
        await settled(house)
        one = await ours(house)
        assert (one["status"], {one["remote"]: one["starts"]}) == ("booked", standing(theirs))


async def test_moved_and_cancelled_at_the_same_moment(house: House, tab: Wizard, there: There) -> None:
    """Whoever is second is told so; here it stands as it stands there, and nobody has to decide."""
    times = await to_times(tab)
    await booked(tab, times[0])
    told = await asyncio.gather(move(house, int(times[1])), cancel(house), return_exceptions=True)
    assert all(one is None or isinstance(one, NotReached | SlotTaken | CannotMove | IllegalMove) for one in told), told
    assert None in told, "one of them was done"
    await settled(house)
    one = await ours(house)
    sql = "select status, starts from scheduling.appointment where id = $1"
    theirs = await there.house.db.fetchrow(sql, UUID(one["remote"]))
    assert one["status"] == theirs["status"]
    assert one["status"] == "cancelled" or one["starts"] == theirs["starts"]
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0


async def test_cancelled_here_while_its_move_was_on_its_way(
    house: House, tab: Wizard, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move is done there, then somebody cancels, then the move comes home."""
    times = await to_times(tab)
    await booked(tab, times[0])
    real = elsewhere_orders.send

    async def slowly(*args: Any, **named: Any) -> Any:
        told = await real(*args, **named)
        if args[1].what == "move":
            await cancel(house)
        return told

    monkeypatch.setattr(elsewhere_orders, "send", slowly)
    with pytest.raises(CannotMove):
        await move(house, int(times[1]))
    await settled(house)
    one = await ours(house)
    assert one["status"] == "cancelled"
    assert [status for status, _ in await there.visits()] == ["cancelled"]
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0, "nobody has to decide"


async def test_an_order_whose_settling_died_is_taken_up_again(house: House, tab: Wizard, there: There) -> None:
    """A booking that nobody was told of, and the server that was taking it back is gone, its job too."""
    there.door.lose = lambda path: path.endswith("$book")
    there.door.refuse = lambda path: path == "GET Appointment"
    await booked(tab, (await to_times(tab))[0])
    there.door.lose = there.door.refuse = lambda _path: False
    await house.db.execute(
        "update scheduling.elsewhere_order set state = 'undoing', at = now() - interval '3 days',"
        " touched_at = now() - interval '3 days'"
    )
    await house.db.execute("delete from kit.job where name = 'scheduling.settle_elsewhere'")
    await house.db.run(lambda tx: horizon.fill_horizon(house, tx, {}))
    await settled(house)
    assert await house.db.fetchval("select state from scheduling.elsewhere_order") == "undone"
    assert [status for status, _ in await there.visits()] == ["cancelled"]


async def test_its_hold_has_ended_between_review_and_press(house: House, tab: Wizard, there: There) -> None:
    """There somebody else has it by then: nothing is booked, and the times are shown again with all that was typed."""
    slot = (await to_times(tab))[0]
    await tab.say("time", slot=slot)
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo", details="Porta gli esami.")
    assert tab.step == "review"
    theirs = await there.house.db.fetchval("delete from scheduling.hold returning slot")
    other = await house.db.fetchval("select remote from scheduling.slot where id = $1", int(slot))
    assert int(other) == theirs
    await house.db.execute("update scheduling.hold set expires_at = now() - interval '1 second'")
    wanted = Wanted("ecg")
    await there.house.db.run(
        lambda tx: booking.book(
            there.house, tx, SYSTEM, booking.Booking("marco", theirs, wanted, Channel.IN_PERSON, "Prima")
        )
    )
    answer = await tab.say("review", action="schedule")
    assert (answer.status_code, tab.step) == (409, "time"), answer.text
    assert "somebody else has taken it" in answer.text
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0
    assert [status for status, _ in await there.visits()] == ["booked"], "the other one's"
    assert f'value="{slot}"' not in answer.text
    again = offered(tab)[0]
    await tab.say("time", slot=again)
    await tab.say("time", action="next")
    await tab.say("reason", action="next")
    await tab.say("review", action="schedule")
    assert tab.step == "confirm", tab.answer.text
    assert await house.db.fetchval("select reason || details from scheduling.appointment")
