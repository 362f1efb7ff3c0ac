"""The board: filters kept as one's own, whose name is shown, two supervisors who act at once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import State
from sportello.desk import board
from sportello.desk.board import Filter
from sportello.desk.tests.conftest import Begin
from sportello.kit.house import House
from sportello.routing.supervising import assign_to

SignIn = Callable[..., Awaitable[Actor]]


async def _names(house: House, actor: Actor, chosen: Filter) -> list[str]:
    async with house.db.transaction() as tx:
        return [row.name for row in (await board.board(house, tx, actor, chosen))["rows"]]


async def test_filters(house: House, begin: Begin, elena: Actor, marta: Actor) -> None:
    await begin(elena, "Giulia Ferri")
    await begin(None, "Mario Bassi")
    assert sorted(await _names(house, marta, Filter())) == ["Giulia Ferri", "Mario Bassi"]
    assert await _names(house, marta, Filter(agent=elena.id)) == ["Giulia Ferri"]
    assert await _names(house, marta, Filter(state=State.QUEUED.value)) == ["Mario Bassi"]
    assert await _names(house, marta, Filter(queue="general")) == ["Giulia Ferri", "Mario Bassi"][::-1]
    assert await _names(house, marta, Filter(queue="none")) == []
    assert await _names(house, marta, Filter(waiting="1800")) == []
    assert await _names(house, marta, Filter(order="began")) == ["Giulia Ferri", "Mario Bassi"]


async def test_waiting_longer_than(house: House, begin: Begin, elena: Actor, marta: Actor) -> None:
    from sportello.conversations.store import Ongoing, ongoing

    talk = await begin(None)
    assert talk.queued_at
    for before, found in ((talk.queued_at, 1), (talk.queued_at - timedelta(seconds=1), 0)):
        assert len(await ongoing(house.db, 10, Ongoing(waiting_before=before))) == found


async def test_the_filter_is_kept_as_one_s_own(client: httpx.AsyncClient, sign_in: SignIn, begin: Begin) -> None:
    await sign_in(client, "supervisor")
    await begin(None, "Mario Bassi")
    assert (await client.post("/desk/board/filter", data={"state": "active", "waiting": "60"})).status_code == 204
    page = await client.get("/desk/board")
    assert 'value="active" selected' in page.text
    assert "Mario Bassi" not in page.text
    # What is not among the choices narrows nothing.
    assert "Mario Bassi" in (await client.post("/desk/board/rows", data={"waiting": "x", "agent": "y"})).text


async def test_whoever_only_watches_sees_no_names(client: httpx.AsyncClient, sign_in: SignIn, begin: Begin) -> None:
    talk = await begin(None, "Mario Bassi")
    await sign_in(client, "administrator")
    page = await client.get("/desk/board")
    assert page.status_code == 200
    assert "Mario Bassi" not in page.text
    assert talk.id.hex[-4:].upper() in page.text
    assert "/assigning" not in page.text


async def test_of_two_supervisors_the_second_is_told(
    house: House, begin: Begin, elena: Actor, davide: Actor, marta: Actor
) -> None:
    talk = await begin(None)
    first = await house.db.run(lambda tx: assign_to(house, tx, talk.id, UUID(elena.id), marta, seen="nobody"))
    assert str(first.agent) == elena.id
    with pytest.raises(NotPossible) as refused:
        await house.db.run(lambda tx: assign_to(house, tx, talk.id, UUID(davide.id), marta, seen="nobody"))
    assert refused.value.params == {"name": elena.name}
    again = await house.db.run(lambda tx: assign_to(house, tx, talk.id, UUID(davide.id), marta, seen=elena.id))
    assert str(again.agent) == davide.id
