"""What people set up for themselves, links into the desk, dashboards, tabs in another order, the waiting times."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.desk import store
from sportello.desk.rules import Tab, in_order
from sportello.desk.tests.conftest import Begin
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]


@given(st.lists(st.integers(0, 8), unique=True, max_size=8), st.lists(st.integers(0, 9), max_size=12))
def test_arranging_loses_no_tab(tabs: list[int], wanted: list[int]) -> None:
    before = tuple(Tab(str(one), f"/desk/t/{one}") for one in tabs)
    after = in_order(before, [str(one) for one in wanted])
    assert sorted(one.id for one in after) == sorted(one.id for one in before)
    named = [one.id for one in after if int(one.id) in wanted]
    assert named == [str(one) for one in dict.fromkeys(wanted) if one in tabs]


async def test_the_look_is_kept_for_every_browser(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "agent", language="en")
    answer = await client.put("/desk/look", json={"density": "comfortable", "theme": "dark"})
    assert answer.status_code == 204
    client.cookies.delete("sportello_look")
    page = await client.get("/desk")
    assert 'data-density="comfortable" data-theme="dark"' in page.text
    assert "comfortable.dark" in page.headers["set-cookie"]
    assert (await client.put("/desk/look", json={"density": "huge"})).status_code == 400


async def test_a_forged_look_is_the_usual_one(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "agent")
    client.cookies.set("sportello_look", 'compact."onload=x')
    page = await client.get("/desk/patients", headers={"accept": "text/html"})
    assert "onload" not in page.text


async def test_a_link_opens_its_session_and_tab(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    talk = await begin(elena)
    link = f"/desk?session={talk.id}&tab={quote('/desk/patient/giulia')}"
    out = await client.get(link, headers={"accept": "text/html"})
    assert out.status_code == 303
    assert out.headers["location"] == f"/sign-in?next={quote(link)}"
    me = await sign_in(client, "agent")
    assert me.id == elena.id
    there = await client.get(link)
    assert there.headers["location"] == f"/desk/sessions/{talk.id}"
    async with house.db.transaction() as tx:
        session = await store.session_of(tx, UUID(me.id), talk.id)
    assert session is not None
    shown = next(tab for tab in session.tabs if tab.id == session.current_tab)
    assert shown.url == "/desk/patient/giulia"
    for tab in ("https://evil.example/", "//evil.example/desk/x", "/desk/view?url=/desk"):
        assert (await client.get("/desk", params={"tab": tab})).headers["location"] == "/desk"
        assert "evil" not in (await client.get("/desk")).text


async def test_a_link_to_what_is_over_opens_it_to_be_read(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(davide)
    await sign_in(client, "agent")
    assert (await client.get(f"/desk/sessions/{talk.id}", headers={"accept": "text/html"})).status_code == 404
    await sign_in(client, "supervisor")
    there = await client.get(f"/desk/sessions/{talk.id}", headers={"accept": "text/html"}, follow_redirects=True)
    assert there.status_code == 200
    assert f'data-url="/desk/conversations/{talk.id}"' in there.text


async def test_cards_stay_where_a_person_puts_them(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "supervisor", language="en")

    def order(page: httpx.Response) -> list[int]:
        return [page.text.index(f'id="card-centre-{key}"') for key in ("people", "states")]

    usual = order(await client.get("/desk/dashboards/centre"))
    assert usual[1] < usual[0]
    for _ in range(3):
        await client.post("/desk/dashboards/centre/order", data={"card": "people", "by": "-1"})
    mine = order(await client.get("/desk/dashboards/centre"))
    assert mine[0] < mine[1]
    await sign_in(client, "agent")
    assert (await client.get("/desk/dashboards/centre")).status_code == 404
    assert (await client.get("/desk/dashboards/home")).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"warn_after": "30", "late_after": "90"}, 303),
        ({"warn_after": "90", "late_after": "90"}, 422),
        ({"warn_after": "1", "late_after": "90"}, 422),
        ({"warn_after": "x"}, 422),
    ],
)
async def test_waiting_times_are_set(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, form: dict[str, Any], status: int
) -> None:
    await sign_in(client, "agent")
    assert (await client.post("/desk/wait-levels", data=form)).status_code == 403
    await sign_in(client, "administrator")
    assert (await client.post("/desk/wait-levels", data=form)).status_code == status
    async with house.db.transaction() as tx:
        levels = await store.wait_levels(tx)
    assert (levels.warn_after, levels.late_after) == ((30, 90) if status == 303 else (60, 180))
    assert f'data-warn-after="{levels.warn_after}"' in (await client.get("/desk/sessions")).text


async def test_one_search_of_the_palette_is_one_on_record(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in(client, "agent", language="en")

    async def searches() -> int:
        rows = await house.db.fetch("select 1 from administration.audit_event where action = 'patient.search'")
        return len(rows)

    before = await searches()
    await client.post("/desk/palette", data={"q": "gi"})
    assert await searches() == before
    await client.post("/desk/palette", data={"q": "giulia", "only": "tabs"})
    assert await searches() == before + 1
