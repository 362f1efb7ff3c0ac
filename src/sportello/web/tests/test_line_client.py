"""The browser's end of the line, in Chromium, through a network that is cut, stalled, blocked and mended."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page

from sportello.kit.house import House
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused

GIULIA = "giulias-token"
ENDED = (OSError, asyncio.IncompleteReadError, RuntimeError)  # uvloop says the last of a transport that is gone


class Network:
    """What lies between a browser and the server: passes, cuts, stalls, or lets no socket through."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: set[asyncio.StreamWriter] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self.refuses = False
        self.blocks_sockets = False
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self.mend()
        self.cut()
        self._server.close()

    def cut(self, *, refuse: bool = False) -> None:
        """Every connection breaks; with `refuse` new ones do too."""
        self.refuses = refuse
        for writer in list(self._open):
            writer.transport.abort()

    def stall(self) -> None:
        """Connections stay open but nothing arrives any more: a phone between two cells."""
        self._passing.clear()

    def mend(self) -> None:
        self.refuses = self.blocks_sockets = False
        self._passing.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        with contextlib.suppress(*ENDED):
            head = await reader.readuntil(b"\r\n\r\n")
            if self.blocks_sockets and re.search(rb"upgrade: *websocket", head, re.I):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                writer.close()
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
            there_writer.write(head)
            self._open |= {writer, there_writer}
            await asyncio.gather(self._pipe(reader, there_writer), self._pipe(there_reader, writer))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(*ENDED):
            while data := await reader.read(65536):
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
        self._open.discard(writer)
        with contextlib.suppress(*ENDED):
            writer.close()


class OpenGate:
    """Anybody who is signed in may do anything but say "no"."""

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        return None if stream == "talk:secret" else Grant("all", None, True, listener.id)

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        if frame.body.get("text") == "no":
            raise Refused("unwanted", "The message is empty.")
        return await house.streams.post(stream, frame.kind, frame.body, sender=grant.sender, client_id=frame.client_id)

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        house.streams.broadcast(stream, frame | {"by": listener.id})


@pytest.fixture
async def network(house: House, server: str) -> AsyncIterator[Network]:
    house.streams.gate("talk", OpenGate())
    house.streams.authenticator(lambda _house, given: Listener("patient", "giulia") if given == GIULIA else None)
    made = Network(int(server.rpartition(":")[2]))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def page(network: Network, browser: Browser) -> Page:
    page = await browser.new_page()
    await _open(page, network)
    return page


async def _open(page: Page, network: Network, token: str = GIULIA) -> None:
    await page.goto(f"{network.url}/health")
    await page.evaluate(
        """async (token) => {
          const { Line } = await import("/static/x/web/line.js");
          Object.assign(window, { seen: [], statuses: [], acks: [], nos: [], resets: 0, signals: [] });
          window.line = new Line({ token, keep: "giulia", onStatus: (status) => statuses.push(status) });
          line.follow("talk:1", 0, {
            onEvent: (e) => seen.push([e.n, e.b.text, e.id]), onSignal: (s) => signals.push(s.t),
            onReset: () => { resets += 1; },
          });
          window.say = (text, id) => line.post("talk:1", "message", { text }, id)
            .then((ack) => acks.push(ack.n), (no) => nos.push([no.code, no.text]));
        }""",
        token,
    )


async def _until(page: Page, condition: str, seconds: float = 10) -> None:
    """Asked again and again from outside: the page's policy forbids Playwright's own way, which evaluates text."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.03)


async def _status(page: Page, status: str, seconds: float = 10) -> None:
    await _until(page, f"line.status === '{status}'", seconds)


async def _numbers(page: Page) -> list[int]:
    return [n for n, _, _ in await page.evaluate("seen")]


async def _all_there(page: Page, count: int, seconds: float = 10) -> None:
    await _until(page, f"seen.length >= {count}", seconds)
    assert await _numbers(page) == list(range(1, count + 1))


async def _write(house: House, count: int) -> None:
    for n in range(count):
        await house.streams.post("talk:1", "message", {"text": f"server {n}"}, sender="x", client_id=uuid4())


async def test_a_cut_line_comes_back_without_loss_or_repetition(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    await page.evaluate("void say('uno')")
    await _all_there(page, 1)
    network.cut(refuse=True)
    await _status(page, "offline")
    await _write(house, 5)
    await page.evaluate("void say('due')")
    network.mend()
    await _status(page, "live", 20)
    await _all_there(page, 7)
    await _until(page, "acks.length === 2")
    assert await page.evaluate("line.waiting('talk:1').length") == 0


async def test_an_acknowledgement_lost_on_the_way_doubles_nothing(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    await _all_there(page, 0)
    network.stall()
    await page.evaluate("void say('una volta sola')")
    await asyncio.sleep(0.3)
    network.cut()
    network.mend()
    await _until(page, "acks.length === 1", 20)
    assert len(await house.streams.since("talk:1", 0)) == 1
    await _all_there(page, 1)


async def test_a_dead_socket_is_noticed_in_seconds(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    network.stall()
    await _until(page, "line.status !== 'live'", 16)
    network.cut()
    network.mend()
    await _write(house, 1)
    await _all_there(page, 1, 20)


async def test_coming_back_online_is_not_waited_for(page: Page, network: Network) -> None:
    await _status(page, "live")
    network.cut(refuse=True)
    await _until(page, "line.fails >= 2", 15)
    await page.evaluate("line.fails = 6; clearTimeout(line.timer)")
    network.mend()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await _status(page, "live", 3)


async def test_where_sockets_are_blocked_the_line_polls(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    network.blocks_sockets = True
    network.cut()
    await _status(page, "polling", 20)
    await page.evaluate("void say('senza socket')")
    await _write(house, 3)
    await _all_there(page, 4, 15)
    await _until(page, "acks.length === 1")
    network.mend()
    await _status(page, "live", 25)
    await _write(house, 1)
    await _all_there(page, 5)


async def test_unsent_posts_outlive_a_reload(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    network.stall()
    client_id = str(uuid4())
    await page.evaluate("id => { say('scritto sul treno', id); }", client_id)
    network.cut()
    network.mend()
    await _open(page, network)
    assert [frame["id"] for frame in await page.evaluate("line.waiting('talk:1')")] in ([client_id], [])
    await _all_there(page, 1)
    assert (await page.evaluate("seen"))[0][2] == client_id
    await _until(page, "line.waiting('talk:1').length === 0")
    assert await page.evaluate("sessionStorage.length") == 0


async def test_refusals_come_in_words_and_signals_pass(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    await page.evaluate("void say('no')")
    await _until(page, "nos.length === 1")
    assert await page.evaluate("nos") == [["unwanted", "Il messaggio è vuoto."]]
    await page.evaluate("line.signal('typing', 'talk:1')")
    await _until(page, "signals.length === 1")
    refused = await page.evaluate("new Promise((done) => line.follow('talk:secret', 0, { onRefused: done }))")
    assert refused["code"] == "forbidden"


async def test_a_restored_backup_is_told(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    await page.evaluate("line.follow('talk:2', 99, { onReset: () => { resets += 1; return true; } })")
    await _until(page, "resets === 1")


async def test_signed_out_is_said_and_not_hammered(page: Page, network: Network, house: House) -> None:
    await _open(page, network, token="nobody")
    await _status(page, "signed-out")
    await asyncio.sleep(1.5)
    assert (await page.evaluate("statuses")).count("connecting") == 1


async def test_the_server_restarts_under_it(page: Page, network: Network, house: House) -> None:
    await _status(page, "live")
    await house.streams.hang_up()
    await _until(page, "line.status !== 'live'")
    house.streams.ending = False
    await _status(page, "live")
    await _write(house, 2)
    await _all_there(page, 2)
