"""The line over a real socket: a talk, following, resuming, passing signs, plain requests instead."""

import asyncio
from uuid import uuid4

import httpx

from sportello.kit.house import House
from sportello.kit.streams import socket
from sportello.kit.streams.tests.talking import TalkGate, tab


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
