"""Fetching keys from a real server: kept for a while, bounded, and never led elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from sportello.adapters.jwks.fetching import KEPT, Fetcher
from sportello.fhir.ports import Unreachable
from sportello.kit.clock import FixedClock
from sportello.kit.i18n import catalogue

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"


class Server:
    """Answers each request with the same bytes and counts them."""

    def __init__(self) -> None:
        self.answer = OK + b'{"keys": []}'
        self.asked = 0
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    told = Server()
    running = await asyncio.start_server(told, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/keys"
    async with running:
        yield told


async def test_keys_are_fetched_once_in_a_while(server: Server, clock: FixedClock) -> None:
    fetcher = Fetcher(clock)
    for _ in range(3):
        assert await fetcher.keys(server.url, fresh=False) == {"keys": []}
    assert server.asked == 1
    clock.advance(timedelta(seconds=11))
    await fetcher.keys(server.url, fresh=True)
    await fetcher.keys(server.url, fresh=True)
    assert server.asked == 2, "whoever sends wrong words cannot make it fetch each time"
    clock.advance(KEPT)
    await fetcher.keys(server.url, fresh=False)
    assert server.asked == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/other\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        OK + b"<html>",
        OK + b"[]",
        OK + b" " * 300_000,
        b"nonsense",
        b"",
    ],
)
async def test_what_is_no_key_set_is_told(server: Server, clock: FixedClock, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(Unreachable) as refused:
        await Fetcher(clock).keys(server.url, fresh=False)
    assert refused.value.message in catalogue("it"), "whoever reads it has it in their language"
    assert str(refused.value) == refused.value.message % refused.value.values
