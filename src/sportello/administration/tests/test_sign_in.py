"""Signing in at the real doors: who gets in, who waits, what is kept, and what forged requests get."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.administration.identifying import COOKIE
from sportello.administration.testing import PASSWORD, staff_member
from sportello.kit.clock import FixedClock
from sportello.kit.house import House

HTML = {"accept": "text/html"}


@pytest.fixture
def clock(house: House) -> FixedClock:
    house.clock = FixedClock(house.clock.now())
    return house.clock


async def post_sign_in(client: httpx.AsyncClient, login: str, password: str, **fields: str) -> httpx.Response:
    data = {"login": login, "password": password, **fields}
    return await client.post("/sign-in", data=data, headers=HTML)


async def test_elena_signs_in_and_out(house: House, client: httpx.AsyncClient) -> None:
    await staff_member(house, "agent")
    page = await client.get("/sign-in?next=/desk/board", headers={**HTML, "accept-language": "en"})
    assert "Sign in" in page.text
    answer = await post_sign_in(client, " Elena ", PASSWORD, next="/desk/board")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/board")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    own = await client.get("/desk/password", headers=HTML)
    assert own.status_code == 200
    token = re.search(r'name="csrf" value="(\w+)"', own.text)
    assert token
    left = await client.post("/sign-out", data={"csrf": token[1]}, headers=HTML)
    assert left.headers["location"] == "/sign-in"
    client.cookies.set(COOKIE, cookie.split("=")[1].split(";")[0])
    gone = await client.get("/desk/password", headers=HTML)
    assert gone.headers["location"] == "/sign-in?next=/desk/password"


async def test_wrong_password_keeps_the_login_and_tells_nothing(house: House, client: httpx.AsyncClient) -> None:
    await staff_member(house, "agent")
    known = await post_sign_in(client, "elena", "not this one", next="/desk")
    unknown = await post_sign_in(client, "nobody", "not this one", next="/desk")
    assert known.status_code == unknown.status_code == 422
    assert 'value="elena"' in known.text
    assert "Nome o password non corretti." in known.text
    assert known.text.replace("elena", "nobody") == unknown.text
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("login", ["<script>alert(1)</script>", "مرحبا", "👩‍⚕️", "a\0b", "x" * 10_000, ""])
async def test_any_login_has_a_clear_answer(client: httpx.AsyncClient, login: str) -> None:
    answer = await post_sign_in(client, login, "whatever it is")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


async def test_a_closed_account_stays_out(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    elena = await sign_in(client, "agent")
    await house.db.execute("update administration.staff set active = false where login = 'elena'")
    assert (await client.get("/desk/password")).status_code == 401
    assert (await post_sign_in(client, "elena", PASSWORD)).status_code == 422
    why = await house.db.fetchval(
        "select detail->>'why' from administration.audit_event where action = 'staff.sign_in_refused' and entity = $1",
        elena.id,
    )
    assert why == "closed"


@pytest.mark.parametrize(
    "forged",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "http:/x", ""],
)
async def test_next_leads_only_to_our_own_pages(house: House, client: httpx.AsyncClient, forged: str) -> None:
    await staff_member(house, "agent")
    answer = await post_sign_in(client, "elena", PASSWORD, next=forged)
    assert answer.headers["location"] == "/desk"


async def test_guessing_gets_slow_but_nobody_is_locked_out_for_long(
    house: House, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    await staff_member(house, "agent")
    for _ in range(4):
        assert (await post_sign_in(client, "elena", "guess")).status_code == 422
    refused = await post_sign_in(client, "elena", PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "2"
    assert "Attenda" in refused.text
    assert 'value="elena"' in refused.text
    waits = []
    for _ in range(12):
        clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
        assert (await post_sign_in(client, "elena", "guess")).status_code == 422
        refused = await post_sign_in(client, "elena", PASSWORD)
        waits.append(int(refused.headers["retry-after"]))
    assert waits[:3] == [4, 8, 16]
    assert max(waits) == 60
    clock.advance(timedelta(seconds=60))
    assert (await post_sign_in(client, "elena", PASSWORD)).status_code == 303


async def test_a_session_ends_when_idle_and_when_old(
    house: House, client: httpx.AsyncClient, clock: FixedClock, sign_in: Any
) -> None:
    await sign_in(client, "agent")
    idle, whole = house.settings.security.session_idle_seconds, house.settings.security.session_seconds
    steps = int(whole / (idle * 0.9)) + 1
    seen = []
    for _ in range(steps):
        clock.advance(timedelta(seconds=idle * 0.9))
        seen.append((await client.get("/desk/password")).status_code)
    assert seen[0] == 200
    assert seen[-1] == 401, "no session outlives the absolute limit, however busy"
    await sign_in(client, "agent")
    clock.advance(timedelta(seconds=idle + 1))
    assert (await client.get("/desk/password")).status_code == 401


async def test_a_session_is_new_at_every_sign_in(house: House, client: httpx.AsyncClient) -> None:
    await staff_member(house, "agent")
    client.cookies.set(COOKIE, "x" * 43, domain="sportello.test")  # planted by somebody else
    secrets = set()
    for _ in range(2):
        answer = await post_sign_in(client, "elena", PASSWORD)
        secrets.add(answer.headers["set-cookie"].split("=")[1].split(";")[0])
        assert await house.db.fetchval("select count(*) from administration.staff_session") == 1, "the old one ends"
    assert len(secrets - {"x" * 43}) == 2


async def test_a_scripted_page_signs_in_again_in_place(
    house: House, client: httpx.AsyncClient, clock: FixedClock, sign_in: Any
) -> None:
    await sign_in(client, "agent")
    await staff_member(house, "supervisor")
    clock.advance(timedelta(days=1))
    refused = await client.get("/desk/password", headers={"hx-request": "true"})
    assert refused.status_code == 401
    assert refused.headers["x-sign-in"] == "staff"
    assert "ciò che ha scritto" in refused.text
    dialog = await client.get("/sign-in/dialog", headers={"hx-request": "true"})
    assert 'name="again"' in dialog.text
    wrong = await post_sign_in(client, "elena", "wrong", again="yes")
    assert wrong.status_code == 422
    assert "<html" not in wrong.text
    other = await post_sign_in(client, "marta", PASSWORD, again="yes")
    assert other.status_code == 409, "the page was Elena's"
    right = await post_sign_in(client, "elena", PASSWORD, again="yes")
    assert right.status_code == 204
    del client.headers["x-csrf-token"]
    token = {"x-csrf-token": right.headers["x-csrf-token"]}
    assert (await client.post("/sign-out", headers={**token, **HTML})).status_code == 303


async def test_a_plain_form_survives_an_expired_session(
    house: House, client: httpx.AsyncClient, clock: FixedClock, sign_in: Any
) -> None:
    await sign_in(client, "administrator")
    clock.advance(timedelta(days=1))
    typed = {
        "name": 'Łucja "X" <b>مريم</b>',
        "login": "lucja",
        "password": "secret secret",
        "csrf": "old",
        "role": "agent",
    }
    page = await client.post("/desk/staff", data=typed, headers=HTML)
    assert page.status_code == 401
    assert "secret secret" not in page.text
    kept = re.search(r'name="kept" value="([^"]*)"', page.text)
    assert kept
    import html

    again = await post_sign_in(client, "sara", PASSWORD, kept=html.unescape(kept[1]))
    assert 'action="/desk/staff"' in again.text
    assert html.escape(typed["name"], quote=False).replace('"', "&#34;") in again.text
    fresh = re.search(r'name="csrf" value="(\w+)"', again.text)
    assert fresh
    forged = await post_sign_in(client, "sara", PASSWORD, kept='{"to": "https://evil.example", "fields": []}')
    assert forged.status_code == 303


async def test_forged_requests_are_refused(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await sign_in(client, "agent")
    right = client.headers.pop("x-csrf-token")
    for headers, data in (
        ({}, {}),
        ({"x-csrf-token": "0" * 64}, {}),
        ({}, {"csrf": "è"}),
        ({"x-csrf-token": right, "origin": "https://evil.example"}, {}),
        ({"x-csrf-token": right, "sec-fetch-site": "cross-site"}, {}),
    ):
        answer = await client.post("/sign-out", headers={**headers, **HTML}, data=data)
        assert answer.status_code == 403
        assert "non è più aggiornata" in answer.text
    assert (await client.get("/desk/password")).status_code == 200
    answer = await client.post("/sign-out", data={"csrf": right}, headers={"origin": "http://sportello.test", **HTML})
    assert answer.status_code == 303


async def test_a_sign_in_from_another_site_is_refused(house: House, client: httpx.AsyncClient) -> None:
    await staff_member(house, "agent")
    data = {"login": "elena", "password": PASSWORD}
    answer = await client.post("/sign-in", data=data, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_the_language_door(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    back = {"referer": "http://sportello.test/sign-in?next=/desk", **HTML}
    answer = await client.post("/language", data={"language": "en"}, headers=back)
    assert answer.headers["location"] == "/sign-in?next=/desk"
    assert "Password" in (await client.get("/sign-in", headers={"accept-language": "it"})).text
    assert 'lang="en"' in (await client.get("/sign-in", headers={"accept-language": "it"})).text
    unknown = await client.post("/language", data={"language": "xx"}, headers={"referer": "https://evil.example//evil"})
    assert unknown.headers["location"] == "/"
    await sign_in(client, "agent")
    assert 'lang="it"' in (await client.get("/desk/password", headers=HTML)).text
    await client.post("/language", data={"language": "en"}, headers=back)
    assert 'lang="en"' in (await client.get("/desk/password", headers=HTML)).text
