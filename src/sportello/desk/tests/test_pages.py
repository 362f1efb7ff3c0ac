"""The desk's doors without a browser: who may pass, what forged addresses get, what survives."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.desk.tests.conftest import Begin

SignIn = Callable[..., Awaitable[Actor]]


async def test_the_palette_answers(client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor) -> None:
    await sign_in(client, "agent", language="en")
    await begin(elena, "Marco Bianchi")
    found = await client.post("/desk/palette", data={"q": "marco"})
    assert "Marco Bianchi" in found.text
    assert (await client.post("/desk/palette", data={"q": ""})).text.count("data-tab-url") > 3
    found = await client.post("/desk/palette", data={"q": "articoli"})
    assert found.status_code == 200
    assert "Articoli" in found.text
    nothing = await client.post("/desk/palette", data={"q": "<script>alert(1)</script>"})
    assert nothing.status_code == 200
    assert "Nessun risultato" in nothing.text


@pytest.mark.parametrize(("language", "summary"), [("it", "Vuole spostare la"), ("en", "Wants to move the")])
async def test_the_handover_is_read_in_the_agents_language(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, language: str, summary: str
) -> None:
    talk = await begin(await sign_in(client, "agent", language=language))
    for door in (f"/desk/sessions/{talk.id}", f"/desk/conversations/{talk.id}/customer"):
        answer = await client.get(door)
        assert answer.status_code == 200
        assert f"{summary} visit" in answer.text, door


@pytest.mark.parametrize("door", ["/desk", "/desk/sessions", "/desk/home", "/desk/work", "/desk/board", "/desk/offers"])
async def test_nobody_passes_without_signing_in(client: httpx.AsyncClient, door: str) -> None:
    answer = await client.get(door)
    assert answer.status_code in (302, 303, 401)
    assert "session-list" not in answer.text


@pytest.mark.parametrize(
    "door",
    ["/desk/sessions/{0}", "/desk/sessions/{0}/head", "/desk/conversations/{0}/rows?before=9", "/desk/board/{0}"],
)
async def test_anothers_conversation_is_not_found(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, davide: Actor, door: str
) -> None:
    await sign_in(client, "agent", language="en")
    talk = await begin(davide)
    for conversation in (talk.id, uuid4(), "x", "0" * 36, "../administration"):
        answer = await client.get(door.format(conversation), headers={"accept": "text/html"})
        assert answer.status_code in (400, 403, 404), conversation
        assert "Giulia" not in answer.text


async def test_a_draft_of_anothers_session_is_refused(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, davide: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await begin(davide)
    answer = await client.put(f"/desk/sessions/{talk.id}/draft", json={"text": "x"})
    assert answer.status_code == 404


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/desk/x", "/sign-out", "/desk/view?url=/desk"])
async def test_a_tab_shows_parts_of_the_desk_only(client: httpx.AsyncClient, sign_in: SignIn, url: str) -> None:
    await sign_in(client, "agent")
    await client.get("/desk")
    assert (await client.post("/desk/sessions/home/tabs", data={"url": url})).status_code == 400
    assert (await client.get("/desk/view", params={"url": url})).status_code == 404


async def test_intents_need_the_token(client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor) -> None:
    await sign_in(client, "agent")
    talk = await begin(elena)
    del client.headers["X-CSRF-Token"]
    for door in (f"/desk/sessions/{talk.id}/ending", f"/desk/sessions/{talk.id}/closing", "/desk/sessions/home/tabs"):
        assert (await client.post(door, data={"note": "x", "url": "/desk/work"})).status_code == 403


async def test_ending_twice_is_ending_once(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await begin(elena)
    answers: list[Any] = [await client.post(f"/desk/sessions/{talk.id}/ending") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    closed = [await client.post(f"/desk/sessions/{talk.id}/closing", data={"note": "Fatto."}) for _ in range(2)]
    assert [answer.status_code for answer in closed] == [204, 204]


async def test_html_in_a_name_stays_text(
    client: httpx.AsyncClient, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await begin(elena, '<img src=x onerror="alert(1)">')
    for door in ("/desk", f"/desk/sessions/{talk.id}", "/desk/work"):
        answer = await client.get(door)
        assert "<img" not in answer.text
        assert "&lt;img" in answer.text
