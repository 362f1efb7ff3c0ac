"""Meetings in Teams: one for each visit, through moves, cancellations, throttling, lost tokens and refusals."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.adapters.teams import terms as terms_module
from sportello.adapters.teams.terms import Terms, check
from sportello.adapters.teams.tests.graph_server import GraphServer, running
from sportello.administration.actor import Actor
from sportello.app import ROOMS
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.moving import Move, move
from sportello.scheduling.tests.conftest import clock, elena, house, slot_at  # noqa: F401  fixtures
from sportello.scheduling.tests.test_booking import booked, stored

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
def rooms() -> tuple[str, ...]:
    return tuple(room for room in ROOMS if room not in ("demo", "desk", "portal"))


@pytest.fixture
async def graph(house: House, elena: Actor) -> AsyncIterator[GraphServer]:  # noqa: F811
    """Teams is set up, and chosen for heart check-ups."""
    async with running() as server:
        terms = Terms(
            "contoso.example", "11111111-2222-3333-4444-555555555555", "right", "visits@contoso.example", server.url,
            f"{server.url}/v1.0",
        )  # fmt: skip
        assert check(terms) == {}
        await house.db.run(lambda tx: terms_module.change(house, tx, elena, terms))
        await house.db.execute("insert into scheduling.meeting_choice values ('heart-check', 'teams')")
        yield server


@pytest.fixture
async def visit(house: House, elena: Actor, graph: GraphServer) -> Appointment:  # noqa: F811
    return await booked(house, elena, await slot_at(house, "2026-11-24 09:30"), channel=Channel.VIRTUAL)


async def test_one_meeting_through_moves_until_it_is_off(
    house: House, elena: Actor, graph: GraphServer, visit: Appointment  # noqa: F811
) -> None:  # fmt: skip
    await house.jobs.run_due()
    one = await stored(house, visit)
    assert (one.status, one.meeting_maker) == ("booked", "teams")
    (meeting,) = graph.meetings.values()
    assert one.meeting_link == meeting["joinWebUrl"]
    assert (meeting["startDateTime"], meeting["endDateTime"]) == ("2026-11-24T08:30:00Z", "2026-11-24T09:00:00Z")
    assert "giulia" not in str(meeting).lower()
    later = await slot_at(house, "2026-11-25 10:00")
    await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, later)))
    assert (await stored(house, visit)).status == "pending"
    await house.jobs.run_due()
    moved = await stored(house, visit)
    assert (moved.status, moved.meeting_link) == ("booked", one.meeting_link)
    (meeting,) = graph.meetings.values()
    assert meeting["startDateTime"] == "2026-11-25T09:00:00Z"
    await house.db.run(lambda tx: cancel(house, tx, elena, visit.id, CancelReason.PATIENT))
    await house.jobs.run_due()
    assert graph.meetings == {}


async def test_asked_twice_there_is_one_and_it_has_the_new_time(
    house: House, graph: GraphServer, visit: Appointment  # noqa: F811
) -> None:  # fmt: skip
    await house.jobs.run_due()
    # As if the process had died before it wrote the meeting down, and the visit had been moved meanwhile.
    await house.db.execute("delete from adapters.teams_meeting")
    await house.db.execute(
        "update scheduling.appointment set status = 'pending', starts = starts + interval '1 day',"
        " ends = ends + interval '1 day'"
    )
    async with house.db.transaction() as tx:
        from sportello.scheduling import meeting_links

        await meeting_links.wanted(house, tx, visit.id)
    await house.jobs.run_due()
    (meeting,) = graph.meetings.values()
    assert meeting["startDateTime"] == "2026-11-25T08:30:00Z"
    assert (await stored(house, visit)).status == "booked"


async def test_throttled_it_waits_as_long_as_asked(
    house: House, graph: GraphServer, visit: Appointment, clock: FixedClock  # noqa: F811
) -> None:  # fmt: skip
    graph.troubles = [(429, {"Retry-After": "90"}, {"error": {"code": "TooManyRequests"}})]
    await house.jobs.run_due()
    assert (await stored(house, visit)).status == "pending"
    clock.advance(timedelta(seconds=89))
    await house.jobs.run_due()
    assert (await stored(house, visit)).status == "pending"
    clock.advance(timedelta(seconds=1))
    await house.jobs.run_due()
    assert (await stored(house, visit)).status == "booked"


async def test_a_token_that_ended_early_is_renewed(house: House, graph: GraphServer, visit: Appointment) -> None:  # noqa: F811
    await house.jobs.run_due()
    graph.valid = "withdrawn"
    await house.db.run(lambda tx: cancel(house, tx, Actor("staff", "x", "x"), visit.id, CancelReason.PATIENT))
    await house.jobs.run_due()
    assert graph.meetings == {}
    assert graph.tokens == 2


@pytest.mark.parametrize(
    "trouble",
    [
        (403, {}, {"error": {"code": "Forbidden", "message": "No application access policy found for this app"}}),
        (500, {}, None),
        (200, {}, {"id": "x", "joinWebUrl": "javascript:alert(1)"}),
        (200, {}, {"id": "x"}),
        (302, {"location": "http://127.0.0.1:1/"}, None),
    ],
)
async def test_never_silently_booked(
    house: House, graph: GraphServer, visit: Appointment, clock: FixedClock, trouble: Any  # noqa: F811
) -> None:  # fmt: skip
    graph.troubles = [trouble] * 9
    for pause in (0, 2, 10, 60, 300):
        clock.advance(timedelta(seconds=pause))
        await house.jobs.run_due()
    failed = await stored(house, visit)
    assert failed.status == "pending"
    assert failed.link_failed_at
    assert await house.db.fetchval("select count(*) from outreach.task where kind = 'link' and done_at is null") == 1
    graph.troubles = []
    async with house.db.transaction() as tx:
        from sportello.scheduling import meeting_links

        await meeting_links.wanted(house, tx, visit.id)
    await house.jobs.run_due()
    assert (await stored(house, visit)).status == "booked"
    assert await house.db.fetchval("select count(*) from outreach.task where done_at is null") == 0


async def test_the_screen(
    house: House, graph: GraphServer, client: httpx.AsyncClient, sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    await sign_in(client, "administrator", language="en")
    page = (await client.get("/desk/teams")).text
    assert "right" not in page.split('name="secret"')[1].split(">")[0]
    tried = (await client.post("/desk/teams/test")).text
    assert "Microsoft accepts the application" in tried
    assert "It was deleted again" in tried
    assert graph.meetings == {}
    graph.troubles = [(403, {}, {"error": {"message": "No application access policy found for this app: x"}})]
    assert "New-CsApplicationAccessPolicy, Grant" in (await client.post("/desk/teams/test")).text
    form = {
        "tenant": "contoso.example", "client": "nonsense", "organiser": "visits@contoso.example",
        "login_url": "http://login.example", "graph_url": f"{graph.url}/v1.0",
    }  # fmt: skip
    wrong = await client.post("/desk/teams", data=form)
    assert wrong.status_code == 422
    assert "five groups" in wrong.text
    assert "Write an https address" in wrong.text
    good = form | {"client": "11111111-2222-3333-4444-555555555555", "login_url": graph.url}
    assert (await client.post("/desk/teams", data=good)).status_code == 303
    kept = str(await house.db.fetchval("select terms::text from adapters.teams"))
    assert "sealed:" in kept
    assert '"right"' not in kept
    assert "Microsoft accepts" in (await client.post("/desk/teams/test")).text
    chosen = await client.post("/desk/scheduling/virtual", data={"maker_": "own", "maker_heart-check": "zoom"})
    assert chosen.status_code == 422
    assert (
        await client.post("/desk/scheduling/virtual", data={"maker_": "teams", "maker_heart-check": "own"})
    ).status_code == 303
    assert "Microsoft Teams" in (await client.get("/desk/scheduling/virtual")).text
    await sign_in(client, "agent", "davide")
    assert (await client.get("/desk/teams")).status_code == 403
