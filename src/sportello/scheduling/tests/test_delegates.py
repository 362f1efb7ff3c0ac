"""Delegates: noted with proof and consent, booking for another at the portal, and never beyond what was noted."""

from datetime import timedelta

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import delegates
from sportello.scheduling.tests.test_wizard import SignIn

NOTE = {"delegate": "marco", "relation": "parent", "proof": "Carta d'identità", "consent": "by_law"}
PAGE = "/desk/scheduling/patient/giulia/delegates"


@pytest.fixture
async def elena_at_desk(client: httpx.AsyncClient, sign_in: SignIn) -> Actor:
    return await sign_in(client, "agent", language="en")


async def test_noted_on_the_screen_and_ended(house: House, client: httpx.AsyncClient, elena_at_desk: Actor) -> None:
    assert "Marco Riva" in (await client.get(f"{PAGE}?q=riva")).text
    assert (await client.post(PAGE, data=NOTE)).status_code == 303
    assert "Carta d" in (await client.get(PAGE)).text
    assert "may book" in (await client.post(PAGE, data=NOTE)).text  # already
    shown = (await client.get("/desk/scheduling/patient/marco/delegates")).text
    assert "Giulia Ferri" in shown
    one = await house.db.fetchval("select id from scheduling.delegate")
    assert (await client.post(f"/desk/scheduling/delegates/{one}/end")).status_code == 303
    assert (await client.post(f"/desk/scheduling/delegates/{one}/end")).status_code == 404
    trail = "select array_agg(action order by action) from administration.audit_event where action like 'delegate.%'"
    assert await house.db.fetchval(trail) == ["delegate.added", "delegate.ended"]


@pytest.mark.parametrize(
    "wrong",
    [{"delegate": ""}, {"delegate": "nobody"}, {"delegate": "giulia"}, {"relation": "boss"}, {"proof": " "},
     {"consent": ""}, {"since": "2026-13-01"}, {"until": "2020-01-01"}],
)  # fmt: skip
async def test_what_is_missing_is_named(client: httpx.AsyncClient, elena_at_desk: Actor, wrong: dict[str, str]) -> None:
    assert (await client.post(PAGE, data=NOTE | wrong)).status_code == 422


async def test_only_within_the_time_that_was_noted(house: House, elena: Actor, clock: FixedClock) -> None:
    books = delegates.Books()
    day = clock.now().date()
    note = NOTE | {"since": str(day + timedelta(days=1)), "until": str(day + timedelta(days=2))}
    async with house.db.transaction() as tx:
        assert not await delegates.add(house, tx, elena, "giulia", note)
    allowed = []
    for _ in range(4):
        async with house.db.transaction() as tx:
            allowed.append(await books.may(house, tx, "marco", "giulia"))
        clock.advance(timedelta(days=1))
    assert allowed == [False, True, True, False]
