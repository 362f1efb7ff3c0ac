"""Subscriptions against a real listener: greeted, told of each change once, in order, after outages too."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.adapters.webhook.posting import Poster
from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir import store
from sportello.fhir.ports import WebHook
from sportello.fhir.subscriptions import telling
from sportello.fhir.subscriptions.reading import CONTENT, FILTER
from sportello.fhir.tests.cast import giulia
from sportello.kit.house import House

SECRET = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}]}
Ask = Callable[..., Awaitable[httpx.Response]]


class Listener:
    """A system that is told; it answers with `status` and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[bytes] = []
        self.status = 200
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        body = json.loads(await reader.readexactly(length))
        if self.status == 200:
            self.heard.append(body)
            self.headers.append(head)
        writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def wait(self, number: int) -> list[dict[str, Any]]:
        """What was heard, once it is so many."""
        async with asyncio.timeout(20):
            while len(self.heard) < number:
                await asyncio.sleep(0.05)
        return self.heard


@pytest.fixture
async def listener(house: House) -> AsyncIterator[Listener]:
    house.ports[WebHook] = Poster()
    told = Listener()
    running = await asyncio.start_server(told, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/hook"
    async with running:
        yield told


@pytest.fixture
async def ask(house: House, client: httpx.AsyncClient) -> Ask:
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Region", timedelta(days=1))

    async def asked(method: str, path: str, body: Any = None) -> httpx.Response:
        return await client.request(method, f"/fhir/R4/{path}", json=body, headers={"authorization": f"Bearer {token}"})

    return asked


def subscription(url: str, kind: str = "Patient", content: str = "full-resource", only: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {
        "resourceType": "Subscription", "id": "s1", "status": "requested", "reason": "trial",
        "criteria": f"urn:sportello:topic:{kind}",
        "channel": {"type": "rest-hook", "endpoint": url, "payload": "application/fhir+json", "header": ["X-Key: 7"],
                    "_payload": {"extension": [{"url": CONTENT, "valueCode": content}]}},
    }  # fmt: skip
    if only:
        told["_criteria"] = {"extension": [{"url": FILTER, "valueString": only}]}
    return told


def said(bundle: dict[str, Any], name: str) -> list[Any]:
    listed = bundle["entry"][0]["resource"]["parameter"]
    return [next((v for k, v in one.items() if k != "name"), None) for one in listed if one["name"] == name]


async def begin(ask: Ask, listener: Listener, **more: str) -> None:
    answer = await ask("PUT", "Subscription/s1", subscription(listener.url, **more))
    assert (answer.status_code, answer.json()["status"]) == (201, "requested")
    [hand] = await listener.wait(1)
    assert said(hand, "type") == ["handshake"]
    async with asyncio.timeout(10):
        while (await ask("GET", "Subscription/s1")).json()["status"] != "active":
            await asyncio.sleep(0.05)


async def test_each_change_is_told_once(ask: Ask, listener: Listener) -> None:
    await ask("PUT", "Patient/before", giulia(id="before"))
    await begin(ask, listener)
    assert b"X-Key: 7" in listener.headers[0]
    await ask("PUT", "Patient/giulia-ferri", giulia())
    heard = await listener.wait(2)
    assert said(heard[1], "type") == ["event-notification"]
    assert heard[1]["entry"][1]["resource"]["name"] == giulia()["name"]
    assert heard[1]["entry"][1]["request"] == {"method": "POST", "url": "Patient/giulia-ferri"}
    await ask("DELETE", "Patient/giulia-ferri")
    heard = await listener.wait(3)
    assert len(heard[2]["entry"]) == 1, "of what is gone there is nothing to show"
    assert said(heard[2], "events-since-subscription-start") == ["2"]
    assert "before" not in json.dumps(heard)
    await ask("PUT", "Subscription/s1", subscription(listener.url) | {"status": "off"})
    await ask("PUT", "Patient/after", giulia(id="after"))
    await asyncio.sleep(0.5)
    assert len(listener.heard) == 3


async def test_only_what_the_filter_lets_through(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener, content="id-only", only="Patient?gender=male")
    await ask("PUT", "Patient/her", giulia(id="her"))
    await ask("PUT", "Patient/secret", giulia(id="secret", gender="male"))
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="hidden", gender="male", meta=SECRET))
        await telling.wake(house, tx)
    await ask("PUT", "Patient/him", giulia(id="him", gender="male"))
    async with asyncio.timeout(20):
        while "Patient/him" not in json.dumps(listener.heard):
            await asyncio.sleep(0.05)
    told = json.dumps(listener.heard)
    assert "Patient/secret" in told
    assert "Patient/her" not in told
    assert "hidden" not in told
    assert all(len(one["entry"]) == 1 for one in listener.heard), "ids alone"


async def test_what_happens_during_an_outage_is_told_after_it(
    house: House, ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PAUSES", (0.2,) * 20)
    await begin(ask, listener)
    listener.status = 503
    for n in range(5):
        await ask("PUT", f"Patient/p-{n}", giulia(id=f"p-{n}"))
    await asyncio.sleep(0.5)
    listener.status = 200
    async with asyncio.timeout(20):
        while sum(len(one["entry"]) - 1 for one in listener.heard) < 5:
            await asyncio.sleep(0.05)
    ids = [entry["resource"]["id"] for one in listener.heard for entry in one["entry"][1:]]
    assert ids == [f"p-{n}" for n in range(5)]
    state = (await ask("GET", "Subscription/s1/$status")).json()
    assert said(state, "events-since-subscription-start") == ["5"]


async def test_a_change_that_commits_late_is_not_lost(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener)
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="slow"))
        await telling.wake(house, tx)
        await ask("PUT", "Patient/quick", giulia(id="quick"))
        await asyncio.sleep(0.5)
    async with asyncio.timeout(20):
        while sum(len(one["entry"]) - 1 for one in listener.heard) < 2:
            await asyncio.sleep(0.05)
    ids = [entry["resource"]["id"] for one in listener.heard for entry in one["entry"][1:]]
    assert sorted(ids) == ["quick", "slow"]


async def test_nobody_answers(ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    listener.status = 500
    answer = await ask("PUT", "Subscription/s1", subscription(listener.url))
    assert answer.status_code == 201
    async with asyncio.timeout(10):
        while (shown := (await ask("GET", "Subscription/s1")).json())["status"] != "error":
            await asyncio.sleep(0.05)
    assert "500" in shown["error"]
    listener.status = 200
    monkeypatch.setattr(telling, "PAUSES", (0.05, 0.05))
    await begin_again(ask, listener)
    listener.status = 500
    await ask("PUT", "Patient/x", giulia(id="x"))
    async with asyncio.timeout(20):
        while (await ask("GET", "Subscription/s1")).json()["status"] != "error":
            await asyncio.sleep(0.05)


async def begin_again(ask: Ask, listener: Listener) -> None:
    assert (await ask("PUT", "Subscription/s1", subscription(listener.url))).status_code == 200
    await listener.wait(1)
    async with asyncio.timeout(10):
        while (await ask("GET", "Subscription/s1")).json()["status"] != "active":
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"criteria": "Patient?name=x"}, "criteria"), ({"criteria": "urn:sportello:topic:Shoe"}, "criteria"),
        ({"channel": {"type": "email", "endpoint": "https://x.org"}}, "channel.type"),
        ({"channel": {"type": "rest-hook", "endpoint": "ftp://x.org"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "http://x.org"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org", "header": ["Host: y"]}}, "channel.header"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org", "payload": "text/plain"}}, "channel.payload"),
    ],
)  # fmt: skip
async def test_what_cannot_be_subscribed_to(ask: Ask, changes: dict[str, Any], place: str) -> None:
    answer = await ask("PUT", "Subscription/s1", subscription("https://x.org") | changes)
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, [f"Subscription.{place}"])
    assert (await ask("GET", "Subscription/s1")).status_code == 404
    wrong = await ask("PUT", "Subscription/s1", subscription("https://x.org", only="Patient?shoe=3"))
    assert wrong.status_code == 400
