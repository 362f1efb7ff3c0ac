"""A system that is told of changes, and one that asks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.adapters.webhook.posting import Poster
from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir.ports import WebHook
from sportello.fhir.subscriptions import telling
from sportello.fhir.subscriptions.reading import CONTENT, FILTER, HEARTBEAT, MOST
from sportello.kit.house import House

Ask = Callable[..., Awaitable[httpx.Response]]


class Listener:
    """A system that is told; it answers with `status` and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[bytes] = []
        self.status = 200
        self.refused: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.asked = 0
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            body = json.loads(await reader.readexactly(length))
            self.asked += 1
            (self.heard if self.status == 200 else self.refused).append(body)
            self.headers.append(head)
            await self.open.wait()
            writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.02)

    async def wait(self, number: int) -> list[dict[str, Any]]:
        """What was heard, once it is so many."""
        await self.until(lambda: len(self.heard) >= number)
        return self.heard

    def ids(self) -> list[str]:
        """Of the resources that were shown, in the order in which they were."""
        return [entry["resource"]["id"] for one in self.heard for entry in one["entry"][1:]]


@pytest.fixture
async def listener(house: House) -> AsyncIterator[Listener]:
    house.ports[WebHook] = Poster(["127.0.0.1"])
    told = Listener()
    running = await asyncio.start_server(told, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/hook"
    yield told
    told.open.set()
    running.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PAUSES", (0.05,) * 40)
    monkeypatch.setattr(telling, "_MOMENT", timedelta(seconds=0.1))


async def asking(house: House, client: httpx.AsyncClient, *scopes: str, holder: UUID | None = None) -> Ask:
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", list(scopes), "Region", timedelta(days=1), holder)

    async def asked(method: str, path: str, body: Any = None) -> httpx.Response:
        return await client.request(method, f"/fhir/R4/{path}", json=body, headers={"authorization": f"Bearer {token}"})

    return asked


@pytest.fixture
async def ask(house: House, client: httpx.AsyncClient) -> Ask:
    return await asking(house, client, "*")


def subscription(
    url: str, kind: str = "Patient", content: str = "full-resource", only: str = "", beat: int = 0, most: int = 0
) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "type": "rest-hook", "endpoint": url, "payload": "application/fhir+json", "header": ["X-Key: 7"],
        "_payload": {"extension": [{"url": CONTENT, "valueCode": content}]},
    }  # fmt: skip
    more = [{"url": HEARTBEAT, "valueUnsignedInt": beat}] if beat else []
    more += [{"url": MOST, "valuePositiveInt": most}] if most else []
    told: dict[str, Any] = {
        "resourceType": "Subscription", "id": "s1", "status": "requested", "reason": "trial",
        "criteria": f"urn:sportello:topic:{kind}", "channel": channel | ({"extension": more} if more else {}),
    }  # fmt: skip
    if only:
        told["_criteria"] = {"extension": [{"url": FILTER, "valueString": only}]}
    return told


def said(bundle: dict[str, Any], name: str) -> list[Any]:
    listed = bundle["entry"][0]["resource"]["parameter"]
    return [next((v for k, v in one.items() if k != "name"), None) for one in listed if one["name"] == name]


def numbers(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    """Of each event its number and what it is of."""
    parts = [{one["name"]: one for one in event} for event in said(bundle, "notification-event")]
    return [
        (one["event-number"]["valueString"], one["focus"]["valueReference"]["reference"].rpartition("/")[2])
        for one in parts
    ]


async def standing(ask: Ask, status: str) -> dict[str, Any]:
    """The Subscription, once it has the status."""
    async with asyncio.timeout(20):
        while (shown := (await ask("GET", "Subscription/s1")).json())["status"] != status:
            await asyncio.sleep(0.02)
    return dict(shown)


async def begin(ask: Ask, listener: Listener, **more: Any) -> None:
    answer = await ask("PUT", "Subscription/s1", subscription(listener.url, **more))
    assert answer.json()["status"] == "requested", answer.text
    [hand] = await listener.wait(1)
    assert said(hand, "type") == ["handshake"]
    await standing(ask, "active")
