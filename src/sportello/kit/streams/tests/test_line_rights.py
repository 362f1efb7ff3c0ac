"""Who may follow and write on the line, when rights change hands, and what other sites may do."""

import json
from uuid import uuid4

import httpx
import msgspec
import pytest
import websockets

from sportello.kit.house import House
from sportello.kit.streams.tests.talking import SIGNED_IN, Tab, TalkGate, tab


async def test_when_the_right_changes_hands_the_line_asks_again(gate: TalkGate, server: str, house: House) -> None:
    async with tab(server, "elena") as elena, tab(server, "marta") as marta:
        await elena.follow("talk:1")
        await marta.follow("talk:1")
        assert (await elena.post("talk:1", "sono Elena"))["t"] == "ack"
        assert (await marta.post("talk:1", "sono Marta"))["code"] == "forbidden"
        asked = gate.asked
        assert (await elena.post("talk:1", "ancora io"))["t"] == "ack"
        assert gate.asked == asked, "a known grant costs no question"
        gate.holders = {"marta"}
        async with house.db.transaction() as tx:
            house.streams.fence(tx, "talk:1")
        assert (await elena.post("talk:1", "e ora?"))["code"] == "forbidden"
        assert (await marta.post("talk:1", "eccomi"))["t"] == "ack"
        assert (await elena.next("no"))["t"] == "no"


async def test_a_stale_grant_is_noticed_by_the_database_itself(gate: TalkGate, server: str, house: House) -> None:
    """As when another process moved the fence and its hint was lost."""
    async with tab(server, "elena") as elena:
        await elena.follow("talk:1")
        await elena.post("talk:1", "uno")
        await house.db.execute("update kit.stream set fence = fence + 1 where stream = 'talk:1'")
        assert (await elena.post("talk:1", "due"))["t"] == "ack"
        await house.db.execute("update kit.stream set fence = fence + 1 where stream = 'talk:1'")
        gate.holders = set()
        assert (await elena.post("talk:1", "tre"))["code"] == "forbidden"


async def test_who_may_not_follow_is_told_so(gate: TalkGate, server: str) -> None:
    async with tab(server, "stranger") as stranger:
        for stream in ("talk:1", "talk:forbidden", "nothing:1", "talk:1'; drop table kit.event", "", "x" * 5000):
            await stranger.say(t="follow", s=stream)
            refused = await stranger.next("no")
            assert (refused["code"], refused["s"]) == ("forbidden", stream)
            assert refused["text"] == "Non è possibile seguire questa conversazione."
            assert (await stranger.post(stream, "ciao"))["code"] == "forbidden"
            await stranger.next("no")


async def test_nobody_listens_without_signing_in(gate: TalkGate, server: str) -> None:
    async with tab(server, "nobody") as nobody:
        refused = await nobody.next("no")
        assert (refused["code"], refused["text"]) == ("sign-in", "Acceda di nuovo, per favore.")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await nobody.next("welcome")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


async def test_a_signed_out_listener_loses_the_line(
    gate: TalkGate, server: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tab(server, "giulia") as giulia:
        await giulia.follow("talk:1")
        monkeypatch.delitem(SIGNED_IN, "giulia")
        for line in list(house.streams.sockets):
            await line.check()
        assert (await giulia.next("bye"))["why"] == "sign-in"
        await house.streams.post("talk:1", "message", {"text": "x"}, sender="x", client_id=uuid4())
        with pytest.raises(websockets.ConnectionClosed):
            await giulia.next("ev")


async def test_another_site_gets_no_line_with_our_cookies(gate: TalkGate, server: str, house: House) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with tab(server, "giulia", origin="https://evil.example"):
            pass
    async with tab(server, "giulia", origin=server) as giulia:
        await giulia.next("welcome")
    async with httpx.AsyncClient() as http:
        body = {"t": "post", "s": "talk:1", "id": str(uuid4()), "b": {"text": "x"}}
        for headers in ({"Origin": "https://evil.example"}, {}):
            answer = await http.post(
                f"{server}/line/post", json=body, headers={"Cookie": "who=giulia" if headers else "", **headers}
            )
            assert answer.status_code == 401
        plain = await http.post(
            f"{server}/line/post",
            content=json.dumps(body),
            headers={"Cookie": "who=giulia", "Content-Type": "text/plain"},
        )
        assert plain.status_code == 415


async def test_a_widget_on_another_site_needs_its_token(gate: TalkGate, server: str, house: House) -> None:
    security = msgspec.structs.replace(house.settings.security, widget_origins=("https://comune.example",))
    house.settings = msgspec.structs.replace(house.settings, security=security)
    url = server.replace("http", "ws") + "/line"
    async with websockets.connect(
        url, origin="https://comune.example", additional_headers={"Cookie": "who=elena"}
    ) as connection:  # type: ignore[arg-type]
        widget = Tab(connection)
        await widget.say(t="hello")
        assert (await widget.next("no"))["code"] == "sign-in"
    async with websockets.connect(url, origin="https://comune.example") as connection:  # type: ignore[arg-type]
        widget = Tab(connection)
        await widget.say(t="hello", token="giulia")
        await widget.next("welcome")
        assert (await widget.post("talk:1", "dal sito del comune"))["t"] == "ack"
