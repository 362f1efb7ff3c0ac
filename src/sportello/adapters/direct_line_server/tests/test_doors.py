"""The doors of Direct Line, as the wire shows them: tokens, rights, refusals, echoes."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from websockets.asyncio.client import connect

from sportello.adapters.direct_line_server import tokens
from sportello.adapters.direct_line_server.tests.conftest import SITE, Line
from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.conversations import store as talks
from sportello.conversations.ending import end
from sportello.conversations.handover import escalate
from sportello.conversations.posting import say
from sportello.kit.clock import FixedClock
from sportello.kit.house import House

_PREFLIGHT = "authorization,content-type,x-ms-bot-agent,x-requested-with"


async def test_a_preflight_lets_the_hospitals_site_send_the_four_headers(line: Line) -> None:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": _PREFLIGHT}
    for path in ("/conversations", "/conversations/x/activities", "/conversations/x/upload", "/tokens/refresh"):
        answer = await line.call("OPTIONS", path, headers={"origin": SITE} | wanted)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == SITE
        allowed = answer.headers["access-control-allow-headers"].replace(" ", "").split(",")
        assert set(allowed) == set(_PREFLIGHT.split(","))
    foreign = await line.call("OPTIONS", "/conversations", headers={"origin": "https://evil.example"} | wanted)
    assert "access-control-allow-origin" not in foreign.headers
    refused = await line.http.post("/v3/directline/conversations", headers={"origin": SITE})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, SITE)


async def test_a_token_is_for_one_user_and_one_conversation(line: Line, house: House, secret: str) -> None:
    first = await line.begin()
    assert first.status_code == 201
    assert first.json()["expires_in"] == 1800
    assert (await line.begin()).status_code == 200
    assert (await line.say("Buongiorno", "a1", **{"from": {"id": "somebody-else", "role": "bot"}})).status_code == 200
    said = [one for one in await line.read() if one["from"]["role"] == "user"]
    assert [(one["from"]["id"], one["text"]) for one in said] == [("dl_rosa", "Buongiorno")]
    other = Line(line.http, secret)
    await other.begin()
    crossed = await line.call("GET", f"/conversations/{other.conversation}/activities")
    assert (crossed.status_code, crossed.json()["error"]["code"]) == (403, "BadToken")
    assert (await line.call("POST", "/tokens/generate")).status_code == 403


async def test_bearers_that_open_nothing(line: Line) -> None:
    for bearer in ("x", "nonsense", "a.b.c", line.bearer[:-3] + "abc"):
        line.bearer = bearer
        answer = await line.call("POST", "/conversations", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TokenExpired")
    answer = await line.http.post("/v3/directline/conversations", headers={"authorization": "Basic eA=="})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "Unauthorized")


async def test_a_secret_opens_only_what_was_begun_with_it(line: Line, house: House) -> None:
    await line.begin()
    other = await house.db.run(
        lambda tx: machines.issue(house, tx, SYSTEM, "directline", ["*"], "other", timedelta(days=30))
    )
    fhir = await house.db.run(lambda tx: machines.issue(house, tx, SYSTEM, "fhir", ["*"], "other", timedelta(days=30)))
    line.bearer = other
    assert (await line.call("GET", f"/conversations/{line.conversation}/activities")).status_code == 404
    line.bearer = fhir
    assert (await line.call("POST", "/tokens/generate")).status_code == 403


async def test_an_expired_token_cannot_be_refreshed_and_a_good_one_keeps_its_conversation(
    line: Line, house: House
) -> None:
    await line.begin()
    fresh = await line.call("POST", "/tokens/refresh")
    assert fresh.json()["conversationId"] == line.conversation
    for secret in await machines.standing(house, "directline"):
        await house.db.run(lambda tx, one=secret.id: machines.revoke(house, tx, SYSTEM, token=one))  # type: ignore[misc]
    assert (await line.call("POST", "/tokens/refresh")).status_code == 403, "its secret was taken back"
    house.clock = FixedClock(house.clock.now())
    house.clock.advance(timedelta(seconds=1801))
    late = await line.call("POST", "/tokens/refresh")
    assert (late.status_code, late.json()["error"]["code"]) == (403, "TokenExpired")


async def test_a_site_that_the_token_was_not_made_for_is_refused(line: Line, secret: str) -> None:
    line.bearer = secret
    asked = {"user": {"id": "dl_x"}, "trustedOrigins": [SITE]}
    line.bearer = (await line.call("POST", "/tokens/generate", json=asked)).json()["token"]
    assert (await line.call("POST", "/conversations", headers={"origin": "https://other.example"})).status_code == 403
    assert (await line.call("POST", "/conversations", headers={"origin": SITE})).status_code == 201


async def test_the_echo_has_the_answers_id_and_the_clients_name(line: Line) -> None:
    await line.begin()
    answer = await line.say("Vorrei sapere gli orari", "client-7", channelId="webchat", entities=[{"type": "x"}])
    again = await line.say("Vorrei sapere gli orari", "client-7")
    assert answer.json() == again.json(), "the same activity twice is one message"
    mine = [one for one in await line.read() if one["from"]["role"] == "user"]
    assert [(one["id"], one["channelData"]["clientActivityID"]) for one in mine] == [(answer.json()["id"], "client-7")]
    assert "null" not in json.dumps(mine)


async def test_what_an_ended_conversation_answers(line: Line, house: House) -> None:
    await line.begin()
    await house.db.run(lambda tx: end(house, tx, UUID(line.conversation), SYSTEM))
    said = await line.read()
    assert said[-1]["type"] == "endOfConversation"
    assert len({one["id"] for one in said}) == len(said)
    house.clock = FixedClock(house.clock.now())
    refused = await line.say("Ancora una cosa")
    assert refused.status_code in (200, 404), "whoever writes again in time comes back; later it has ended"
    assert (await line.call("GET", f"/conversations/{uuid4()}")).status_code == 403
    assert (await line.call("GET", "/session/getsessionid")).status_code == 404


async def test_what_has_ended_is_not_found_and_can_still_be_read(line: Line, house: House, secret: str) -> None:
    """404, never 403: clients take that for a token to be renewed, and send the words again and again."""
    await line.begin()
    await house.db.run(lambda tx: end(house, tx, UUID(line.conversation), SYSTEM))
    await house.db.execute(
        "update conversations.conversation set closed_at = closed_at - interval '400 days',"
        " ended_at = ended_at - interval '400 days' where id = $1",
        UUID(line.conversation),
    )
    refused = await line.say("Ancora una cosa")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "ConversationNotFound")
    assert (await line.read())[-1]["type"] == "endOfConversation"
    line.bearer = secret
    for nowhere in (uuid4(), "none"):
        assert (await line.call("GET", f"/conversations/{nowhere}/activities")).status_code == 404
        assert (await line.call("POST", f"/conversations/{nowhere}/activities", json={})).status_code == 404


async def test_a_patients_end_is_the_conversations(line: Line, house: House) -> None:
    await line.begin()
    assert (await line.call(
        "POST", f"/conversations/{line.conversation}/activities", json={"type": "endOfConversation"}
    )).status_code == 200  # fmt: skip
    found = await talks.get(house.db, UUID(line.conversation))
    assert found
    assert found.state == "closed"


async def test_nonsense_is_refused_in_words_a_client_reads(line: Line) -> None:
    await line.begin()
    path = f"/conversations/{line.conversation}/activities"
    for body in (b"{", b"[]", b'{"type":3}', b'{"type":"message"}', b'{"type":"message","text":"  "}', b"\xff"):
        answer = await line.call("POST", path, content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadArgument"), body
    assert (await line.say("x" * 5000)).status_code == 413
    assert (await line.call("GET", path, params={"watermark": "-3"})).status_code == 400
    for kind in ("event", "invoke", "conversationUpdate", "neverHeardOf"):
        assert (await line.call("POST", path, json={"type": kind, "name": "webchat/join"})).status_code == 200


async def test_pressed_buttons_and_cards_answers_are_words(line: Line, house: House) -> None:
    await line.begin()
    shown = {"messageBack": {"displayText": "Orari"}, "clientActivityID": "b1"}
    await line.say("", value="hours", channelData=shown)
    await line.call(
        "POST", f"/conversations/{line.conversation}/activities",
        json={"type": "message", "value": {"when": "lunedì", "x": [1]}, "channelData": {"postBack": True}},
    )  # fmt: skip
    events = await house.streams.since(f"conversation:{line.conversation}", 0)
    bodies = [e.body for e in events if e.sender == "patient"]
    assert bodies[0] == {"text": "Orari", "payload": "hours"}
    assert bodies[1] == {"text": "when: lunedì"}


async def test_too_much_is_told_when_to_come_back(line: Line) -> None:
    await line.begin()
    answers = [await line.say(f"uno {n}") for n in range(61)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert all(a.status_code == 200 for a in answers[:60])
    typed = await line.call("POST", f"/conversations/{line.conversation}/activities", json={"type": "typing"})
    assert typed.status_code == 200
    again = [await line.call("GET", f"/conversations/{line.conversation}") for _ in range(31)]
    assert [a.status_code for a in again] == [200] * 30 + [429]


class Stream:
    """A client's end of the WebSocket."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.said: list[dict[str, Any]] = []
        self.watermark = ""

    async def until(self, wanted: Any) -> dict[str, Any]:
        """Reads until an activity is as wanted."""
        while True:
            frame = await asyncio.wait_for(self.socket.recv(), 10)
            if not frame:
                continue
            got = json.loads(frame)
            self.watermark = got.get("watermark") or self.watermark
            self.said += got["activities"]
            for one in got["activities"]:
                if wanted(one):
                    return dict(one)


async def test_the_stream_replays_tells_on_and_goes_on_after_a_break(line: Line, house: House) -> None:
    await line.begin()
    async with connect(line.stream) as socket:
        stream = Stream(socket)
        await stream.until(lambda one: one["type"] == "message" and one["from"]["id"] == "bot")
        await socket.send("")
        assert await asyncio.wait_for(socket.recv(), 5) == ""
        sent = (await line.say("Buongiorno", "c1")).json()["id"]
        echo = await stream.until(lambda one: one.get("channelData", {}).get("clientActivityID") == "c1")
        assert echo["id"] == sent
        house.streams.broadcast(f"conversation:{line.conversation}", {"t": "typing", "by": "agent"})
        assert "id" not in await stream.until(lambda one: one["type"] == "typing")
    talk = UUID(line.conversation)
    await house.db.run(lambda tx: say(house, tx, talk, "Mentre non c'era", sender="agent:x", name="Elena Conti"))
    back = (await line.call("GET", f"/conversations/{talk}", params={"watermark": stream.watermark})).json()
    async with connect(back["streamUrl"]) as socket:
        again = Stream(socket)
        missed = await again.until(lambda one: one.get("text") == "Mentre non c'era")
        assert missed["from"] == {"id": "agent", "name": "Elena Conti", "role": "bot"}
        await house.db.run(lambda tx: escalate(house, tx, talk, reason="asked", summary="segreto"))
        await again.until(lambda one: one["type"] == "event" and one["name"] == "handoff.status")
    everything = [one["id"] for one in [*stream.said, *again.said] if "id" in one]
    assert len(everything) == len(set(everything)), "nothing comes twice"
    assert "segreto" not in json.dumps([*stream.said, *again.said]), "what is for staff stays with staff"


async def test_a_stream_is_opened_by_its_own_fresh_ticket_only(line: Line, house: House) -> None:
    await line.begin()
    bad = line.stream.replace("?t=", "?t=x")
    foreign = await tokens.stream_ticket(house, uuid4(), 0)
    for url in (bad, line.stream.partition("?")[0] + f"?t={foreign}"):
        with pytest.raises(Exception, match=r"403|rejected|HTTP"):
            async with connect(url):
                pass
    with pytest.raises(Exception, match=r"403|rejected|HTTP"):
        async with connect(line.stream, origin="https://evil.example"):  # type: ignore[arg-type]
            pass
    house.clock = FixedClock(house.clock.now())
    house.clock.advance(timedelta(seconds=61))
    with pytest.raises(Exception, match=r"403|rejected|HTTP"):
        async with connect(line.stream):
            pass
