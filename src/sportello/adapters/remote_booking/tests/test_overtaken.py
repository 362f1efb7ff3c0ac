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
from sportello.scheduling import cancelling, elsewhere_orders, moving
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.moving import CannotMove, Move
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken
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


async def test_a_move_that_was_half_made_is_finished(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await a_visit(tab)
        lost_after(theirs, "POST")
        with pytest.raises(NotReached):
            await move(house, others[0])
        heard_again(house, theirs)
        assert len(standing(theirs)) == 2, "the new one is made, the old one not ended"
        await settled(house)
        one = await ours(house)
        assert (one["slot"], {one["remote"]: one["starts"]}) == (others[0], standing(theirs))


async def test_another_time_was_chosen_meanwhile(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await a_visit(tab)
        lost_after(theirs, "POST")
        with pytest.raises(NotReached):
            await move(house, others[0])
        heard_again(house, theirs)
        await move(house, others[1])
        await settled(house)
        one = await ours(house)
        assert (one["slot"], {one["remote"]: one["starts"]}) == (others[1], standing(theirs))


async def test_it_was_cancelled_meanwhile(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    async with made_anew(house, client, sign_in) as (theirs, tab):
        others = await a_visit(tab)
        lost_after(theirs, "POST")
        with pytest.raises(NotReached):
            await move(house, others[0])
        heard_again(house, theirs)
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
