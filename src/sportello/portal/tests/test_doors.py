"""The portal's doors: opening and resuming chats, other sites, nonsense, limits, signing in and out."""

import json
from uuid import uuid4

import msgspec
import pytest

from sportello.kit.settings import Settings
from sportello.portal import signing_in
from sportello.portal.bundle import widget

FRIEND, STRANGER = "https://comune.example", "https://altro.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    security = msgspec.structs.replace(settings.security, widget_origins=(FRIEND,))
    return msgspec.structs.replace(settings, security=security)


async def account(house):
    await house.db.run(lambda tx: signing_in.open_account(house, tx, "giulia.ferri", "246810", "giulia"))


async def opened(client, key=None, **headers):
    return await client.post("/portal/chat", json={"key": str(key or uuid4()), "language": "it"}, headers=headers)


async def test_the_first_word_opens_a_conversation(client, house):
    answer = await opened(client)
    assert answer.status_code == 200
    told = answer.json()
    assert told["stream"] == f"conversation:{told['conversation']}"
    row = await house.db.fetchrow("select * from portal.chat")
    assert told["token"].encode() not in bytes(row["token_hash"])
    assert row["patient_id"] is None


async def test_the_same_key_resumes_and_the_old_token_ends(client, house):
    key = uuid4()
    first, second = (await opened(client, key)).json(), (await opened(client, key)).json()
    assert first["conversation"] == second["conversation"]
    for token, status in ((first["token"], 401), (second["token"], 200)):
        asked = {"s": second["stream"], "n": 0}
        answer = await client.get("/line/since", params=asked, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status


async def test_a_token_opens_no_other_conversation(client):
    giulia, mario = (await opened(client)).json(), (await opened(client)).json()
    asked = {"s": mario["stream"], "n": 0}
    answer = await client.get("/line/since", params=asked, headers={"authorization": f"Bearer {giulia['token']}"})
    assert [frame["t"] for frame in answer.json()] == ["no"]


async def test_a_word_travels_by_post_and_stands_once(client):
    told = (await opened(client)).json()
    frame = {"t": "post", "s": told["stream"], "id": str(uuid4()), "k": "message", "b": {"text": "Buongiorno"}}
    header = {"authorization": f"Bearer {told['token']}"}
    answers = [(await client.post("/line/post", json=frame, headers=header)).json()[0] for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["t"] == "ack", answers


async def test_a_patient_ends_the_conversation_twice_as_well_as_once_and_goes_on_by_writing(client):
    told = (await opened(client)).json()
    header = {"authorization": f"Bearer {told['token']}"}
    for _ in range(2):
        assert (await client.post("/portal/chat/end", json={}, headers=header)).status_code == 200
    frame = {"t": "post", "s": told["stream"], "id": str(uuid4()), "k": "message", "b": {"text": "Ancora"}}
    answer = (await client.post("/line/post", json=frame, headers=header)).json()[0]
    assert answer["t"] == "ack"


@pytest.mark.parametrize(("origin", "status"), [(FRIEND, 200), (STRANGER, 403), ("null", 403)])
async def test_only_allowed_sites_may_carry_the_widget(client, origin, status):
    answer = await opened(client, origin=origin)
    assert answer.status_code == status
    shared = answer.headers.get("access-control-allow-origin")
    assert shared == (FRIEND if origin == FRIEND else None)


async def test_preflights_are_answered_for_friends_only(client):
    asked = {"access-control-request-method": "POST"}
    friend = await client.options("/portal/chat", headers={"origin": FRIEND, **asked})
    stranger = await client.options("/portal/chat", headers={"origin": STRANGER, **asked})
    assert friend.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("body", [b"", b"{", b'{"key": "x"}', b'{"key": 1}', b"[]", b"\xff", b'{"key":"' + b"9" * 9000])
async def test_nonsense_is_refused_politely(client, body):
    answer = await client.post("/portal/chat", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"]


async def test_forms_of_other_sites_cannot_open(client):
    answer = await client.post("/portal/chat", data={"key": str(uuid4())})
    assert answer.status_code == 415


async def test_opening_is_limited(client):
    answers = [await opened(client) for _ in range(302)]
    assert {answer.status_code for answer in answers[:300]} == {200}
    assert answers[301].status_code == 429


def test_the_widget_is_light(settings):
    made = widget(settings)
    assert len(made.packed) < 30 * 1024
    assert b"eval(" not in made.plain
    assert b"innerHTML" not in made.plain


async def test_the_script_is_served_packed_and_cached(client):
    answer = await client.get("/widget.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    again = await client.get("/widget.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_the_page_says_how_to_reach_the_hospital(client):
    answer = await client.get("/portal", headers={"accept-language": "it"})
    assert answer.status_code == 200
    assert "112" in answer.text
    assert "Ospedale San Luca" in answer.text
    assert "<noscript>" in answer.text


async def test_nobody_signs_in_with_a_wrong_code_and_guessing_ends(client, house):
    await account(house)
    for code, status in [("000000", 422)] * 5 + [("246810", 429)]:
        answer = await client.post("/portal/sign-in", data={"login": "giulia.ferri", "code": code})
        assert answer.status_code == status
        assert 'value="giulia.ferri"' in answer.text


async def test_a_patient_signs_in_and_out(client, house):
    await account(house)
    answer = await client.post("/portal/sign-in", data={"login": " Giulia.Ferri ", "code": "246810"})
    assert answer.status_code == 303
    page = await client.get("/portal")
    assert "/portal/sign-out" in page.text
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    assert (await client.post("/portal/sign-out", data={"csrf": "wrong"})).status_code == 403
    assert (await client.post("/portal/sign-out", data={"csrf": csrf})).status_code == 303
    assert "/portal/sign-out" not in (await client.get("/portal")).text


async def test_signing_out_needs_a_session(client):
    assert (await client.post("/portal/sign-out", data={})).status_code == 401
