"""The line over a real socket: following, posting, resuming, refusing, ending."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets

from sportello.kit.house import House
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused, Streams, front, outgoing, socket


class TalkGate:
    """Elena and the supervisor read all, Giulia what is for all; whoever holds the talk may post."""

    def __init__(self) -> None:
        self.holders = {"elena", "giulia"}
        self.asked = 0

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        self.asked += 1
        fence = await house.streams.fence_of(house.db, stream)
        if listener.id == "stranger" or stream == "talk:forbidden":
            return None
        return Grant(
            "staff" if listener.kind == "staff" else "all", fence, listener.id in self.holders, f"x:{listener.id}"
        )

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        text = frame.body.get("text")
        if not isinstance(text, str) or len(text) > 100:
            raise Refused("too-long", "The message is too long.")
        return await house.streams.post(
            stream, frame.kind, {"text": text}, sender=grant.sender, client_id=frame.client_id, fence=grant.fence,
            audience="staff" if frame.kind == "note" else "all",
        )  # fmt: skip

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        house.streams.broadcast(stream, frame | {"by": listener.id})


SIGNED_IN = {"elena": "staff", "marta": "staff", "giulia": "patient", "stranger": "patient"}


def _authenticate(_house: House, given: Any) -> Listener | None:
    name = given if isinstance(given, str) else given.cookies.get("who", "")
    return Listener(SIGNED_IN[name], name, name, "it") if name in SIGNED_IN else None  # type: ignore[arg-type]


@pytest.fixture
def gate(house: House) -> TalkGate:
    made = TalkGate()
    house.streams.gate("talk", made)
    house.streams.authenticator(_authenticate)
    return made


class Tab:
    """A browser tab's end of the line, with all it was told in order."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.told: list[dict[str, Any]] = []
        self._seen = 0

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def next(self, kind: str, seconds: float = 5) -> dict[str, Any]:
        """The next frame of a kind; others are passed over but kept in `told`."""
        async with asyncio.timeout(seconds):
            while True:
                while self._seen < len(self.told):
                    frame = self.told[self._seen]
                    self._seen += 1
                    if frame["t"] == kind:
                        return frame
                got = json.loads(await self.connection.recv())
                self.told += got if isinstance(got, list) else [got]

    async def follow(self, stream: str, after: int = 0) -> int:
        await self.say(t="follow", s=stream, after=after)
        return int((await self.next("following"))["n"])

    async def post(self, stream: str, text: str, kind: str = "message", client_id: str = "") -> dict[str, Any]:
        client_id = client_id or str(uuid4())
        await self.say(t="post", s=stream, id=client_id, k=kind, b={"text": text})
        async with asyncio.timeout(5):
            while True:
                for frame in self.told:
                    if frame["t"] in ("ack", "no") and frame.get("id") == client_id:
                        return frame
                got = json.loads(await self.connection.recv())
                self.told += got if isinstance(got, list) else [got]

    def numbers(self, stream: str) -> list[int]:
        return [frame["n"] for frame in self.told if frame["t"] == "ev" and frame["s"] == stream]


@asynccontextmanager
async def tab(server: str, who: str = "", **options: Any) -> AsyncIterator[Tab]:
    url = server.replace("http", "ws") + "/line"
    headers = {"Cookie": f"who={who}"} if who else {}
    async with websockets.connect(url, additional_headers=headers, **options) as connection:
        made = Tab(connection)
        await made.say(t="hello", lang="it")
        yield made


async def test_a_talk_between_two(gate: TalkGate, server: str) -> None:
    async with tab(server, "giulia") as giulia, tab(server, "elena") as elena:
        await giulia.next("welcome")
        await giulia.follow("talk:1")
        await elena.follow("talk:1")
        client_id = str(uuid4())
        assert await giulia.post("talk:1", "Buongiorno 🩺 <b>x</b>", client_id=client_id) == {
            "t": "ack", "s": "talk:1", "id": client_id, "n": 1,
        }  # fmt: skip
        heard = await elena.next("ev")
        assert (heard["n"], heard["k"], heard["id"], heard["by"]) == (1, "message", client_id, "x:giulia")
        assert heard["b"] == {"text": "Buongiorno 🩺 <b>x</b>"}
        assert heard["at"].endswith("Z")
        assert (await giulia.next("ev"))["n"] == 1, "the sender hears its own message too"
        again = await giulia.post("talk:1", "Buongiorno", client_id=client_id)
        assert again["n"] == 1
        await elena.post("talk:1", "a")
        assert (await giulia.next("ev"))["n"] == 2


async def test_what_is_for_staff_never_reaches_a_patient(gate: TalkGate, server: str) -> None:
    async with tab(server, "giulia") as giulia, tab(server, "elena") as elena:
        await giulia.follow("talk:1")
        await elena.follow("talk:1")
        await elena.post("talk:1", "sembra agitata", kind="note")
        await elena.post("talk:1", "Mi dica")
        assert (await giulia.next("ev"))["n"] == 2
        assert (await elena.next("ev"))["k"] == "note"
        async with tab(server, "giulia") as later:
            assert await later.follow("talk:1") == 2
            assert later.numbers("talk:1") == [2]
        async with httpx.AsyncClient() as http:
            polled = await http.get(
                f"{server}/line/since", params={"s": "talk:1", "n": 0}, headers={"Cookie": "who=giulia"}
            )
            assert "agitata" not in polled.text


async def test_a_reconnecting_phone_misses_nothing(gate: TalkGate, server: str, house: House) -> None:
    async with tab(server, "giulia") as giulia:
        await giulia.follow("talk:1")
        await giulia.post("talk:1", "uno")
    for n in range(450):
        await house.streams.post("talk:1", "message", {"text": str(n)}, sender="x", client_id=uuid4())
    async with tab(server, "giulia") as giulia:
        assert await giulia.follow("talk:1", after=1) == 451
        assert giulia.numbers("talk:1") == list(range(2, 452))


async def test_following_while_others_write_leaves_no_hole(gate: TalkGate, server: str, house: House) -> None:
    async def write() -> None:
        for n in range(300):
            await house.streams.post("talk:1", "message", {"text": str(n)}, sender="x", client_id=uuid4())

    writing = asyncio.create_task(write())
    async with tab(server, "giulia") as giulia:
        for _ in range(10):
            await giulia.follow("talk:1", after=max(giulia.numbers("talk:1"), default=0))
            await asyncio.sleep(0.01)
        await writing
        while max(giulia.numbers("talk:1"), default=0) < 300:
            await giulia.next("ev")
    assert sorted(set(giulia.numbers("talk:1"))) == list(range(1, 301))


async def test_a_number_from_another_past_is_reset(gate: TalkGate, server: str) -> None:
    async with tab(server, "giulia") as giulia:
        await giulia.say(t="follow", s="talk:1", after=99)
        assert await giulia.next("reset") == {"t": "reset", "s": "talk:1"}


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


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("{", "unreadable"),
        ("null", "unreadable"),
        ("[1]", "unreadable"),
        ('{"t":"post","s":"talk:1","id":"nonsense","b":{"text":"x"}}', "unreadable"),
        ('{"t":"post","s":"talk:1","b":{"text":"x"}}', "unreadable"),
        ('{"t":"post","s":"talk:1","id":"%s"}', "unreadable"),
        ('{"t":"post","s":"talk:1","id":"%s","b":[1]}', "unreadable"),
        ('{"t":"post","s":"talk:1","id":"%s","b":{}}', "empty"),
        ('{"t":"post","s":"talk:1","id":"%s","k":"Drop Table","b":{"text":"x"}}', "unreadable"),
        ('{"t":"post","s":"talk:1","id":"%s","b":{"text":"\\ud800"}}', "unreadable"),
        ('{"t":"post","s":"talk:1","id":"%s","b":{"text":"\\u0000"}}', "unacceptable"),
        ('{"t":"post","s":"talk:1","id":"%s","b":{"text":"' + "x" * 200 + '"}}', "too-long"),
        ('{"t":"post","s":"talk:1","id":"%s","b":{"text":"' + "x" * 70_000 + '"}}', "too-long"),
        ('{"t":"dance"}', "unknown"),
        ('{"t":"follow","s":"talk:1","after":"x"}', "unreadable"),
    ],
)
async def test_bad_frames_are_answered_and_harm_nothing(gate: TalkGate, server: str, sent: str, code: str) -> None:
    client_id = str(uuid4())
    async with tab(server, "giulia") as giulia:
        await giulia.follow("talk:1")
        await giulia.connection.send(sent.replace("%s", client_id))
        refused = await giulia.next("no")
        assert refused["code"] == code
        assert refused["text"], "in words for the sender"
        if "%s" in sent and code not in ("unreadable",):
            assert refused["id"] == client_id
        assert (await giulia.post("talk:1", "tutto bene"))["n"] == 1


async def test_typing_passes_and_floods_do_not(gate: TalkGate, server: str, house: House) -> None:
    async with tab(server, "giulia") as giulia, tab(server, "elena") as elena:
        await giulia.follow("talk:1")
        await elena.follow("talk:1")
        for _ in range(200):
            await giulia.say(t="typing", s="talk:1")
        await giulia.say(t="typing", s="talk:2")
        heard = await elena.next("typing")
        assert heard == {"t": "typing", "s": "talk:1", "by": "giulia"}
        await giulia.say(t="ping")
        await giulia.next("pong")
        await elena.post("talk:1", "x")
        assert sum(frame["t"] == "typing" for frame in elena.told) <= 2 * socket.SIGNALS_PER_SECOND
        assert await house.db.fetchval("select count(*) from kit.event where kind = 'typing'") == 0


async def test_a_slow_socket_gets_a_gap_and_reads_again(
    gate: TalkGate, server: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "QUEUE_FRAMES", 50)
    async with tab(server, "giulia", max_queue=1) as giulia, tab(server, "elena") as elena:
        await giulia.follow("talk:1")
        await elena.follow("talk:1")
        big = "x" * 20_000
        for start in range(0, 920, 40):  # far more than the sockets' buffers hold, while Giulia's phone reads nothing
            await asyncio.gather(
                *(
                    house.streams.post("talk:1", "message", {"text": big}, sender="x", client_id=uuid4())
                    for _ in range(start, start + 40)
                )
            )
        await giulia.next("gap", 20)
        heard = max(giulia.numbers("talk:1"))
        assert heard < 920
        assert await giulia.follow("talk:1", after=heard) == 920
        assert sorted(set(giulia.numbers("talk:1"))) == list(range(1, 921))


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
    import msgspec

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


async def test_where_sockets_are_blocked_plain_requests_do(gate: TalkGate, server: str, house: House) -> None:
    async with httpx.AsyncClient(base_url=server, headers={"Cookie": "who=giulia"}) as http:
        client_id = str(uuid4())
        body = {"t": "post", "s": "talk:1", "id": client_id, "k": "message", "b": {"text": "senza socket"}}
        first = (await http.post("/line/post", json=body)).json()
        assert first == [{"t": "ack", "s": "talk:1", "id": client_id, "n": 1}]
        assert (await http.post("/line/post", json=body)).json() == first
        for n in range(250):
            await house.streams.post("talk:1", "message", {"text": str(n)}, sender="x", client_id=uuid4())
        seen: list[int] = []
        for _ in range(3):
            frames = (
                await http.get(
                    "/line/since", params=[("s", "talk:1"), ("n", max(seen, default=0)), ("s", "no:1"), ("n", 0)]
                )
            ).json()
            seen += [frame["n"] for frame in frames if frame["t"] == "ev"]
            assert {"t": "no", "s": "no:1", "code": "forbidden", "text": ""} in frames
        assert seen == list(range(1, 252))
        assert (await http.get("/line/since")).status_code in (200, 400)
        assert (await http.get("/line/since", params={"s": "talk:1", "n": "x"})).status_code == 400


async def test_the_server_says_goodbye_and_stops(gate: TalkGate, server: str, house: House) -> None:
    async with tab(server, "giulia") as giulia, tab(server, "elena") as elena:
        for one in (giulia, elena):
            await one.follow("talk:1")
        began = asyncio.get_running_loop().time()
        await house.streams.hang_up()
        assert asyncio.get_running_loop().time() - began < 1.5
        assert (await giulia.next("bye"))["why"] == "restart"
        with pytest.raises(websockets.ConnectionClosed):
            await giulia.next("ev")
    assert not house.streams.sockets
    assert not house.streams.hub.channels


async def test_a_lost_hint_costs_delay_only(
    gate: TalkGate, server: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process writes and nobody tells this one: the sweep finds out."""
    other = Streams(house.db)
    await other.start(house)
    try:
        async with tab(server, "giulia") as giulia:
            await giulia.follow("talk:1")
            for n in range(3):
                await other.post("talk:1", "message", {"text": str(n)}, sender="x", client_id=uuid4())
            await house.streams.hub.sweep()
            while giulia.numbers("talk:1") != [1, 2, 3]:
                await giulia.next("ev")
            await other.post("talk:1", "message", {"text": "4"}, sender="x", client_id=uuid4())
            await house.streams.post("talk:1", "message", {"text": "5"}, sender="x", client_id=uuid4())
            while giulia.numbers("talk:1") != [1, 2, 3, 4, 5]:
                await giulia.next("ev")
    finally:
        house.streams.ending = False
        await other.stop()
    assert front.SWEEP_SHARED <= 5
