"""Bad frames, slow sockets, lost hints, and the end: answered, bounded, made up for, said."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
import websockets

from sportello.kit.house import House
from sportello.kit.streams import Posted, Streams, TryLater, front, outgoing
from sportello.kit.streams.tests.talking import TalkGate, tab


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


async def test_words_do_not_overtake_one_that_could_not_be_saved(
    gate: TalkGate, house: House, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away for the second of five words sent in a row: none after it is taken on that socket."""
    taken = house.streams.post
    calls = 0

    async def sometimes(*args: Any, **more: Any) -> Posted:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise TryLater
        return await taken(*args, **more)

    monkeypatch.setattr(house.streams, "post", sometimes)
    async with tab(server, "giulia") as giulia:
        await giulia.follow("talk:1")
        for word in ("one", "two", "three", "four", "five"):
            frame = {"t": "post", "s": "talk:1", "id": str(uuid4()), "k": "message", "b": {"text": word}}
            await giulia.connection.send(json.dumps(frame))
        await asyncio.wait_for(giulia.connection.wait_closed(), 5)
    assert [event.body["text"] for event in await house.streams.since("talk:1", 0)] == ["one"]
