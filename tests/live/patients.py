"""Somebody on a phone, over plain requests to whichever server is named."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx


class Patient:
    """One patient in one chat."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.stream, self.headers = "", {}

    async def comes(self, server: str) -> None:
        answer = await self.http.post(f"{server}/portal/chat", json={"key": str(uuid4())})
        self.stream, self.headers = answer.json()["stream"], {"authorization": f"Bearer {answer.json()['token']}"}

    async def write(self, server: str, text: str) -> None:
        frame = {"t": "post", "s": self.stream, "id": str(uuid4()), "k": "message", "b": {"text": text}}
        answer = await self.http.post(f"{server}/line/post", json=frame, headers=self.headers)
        assert answer.json()[0]["t"] == "ack", answer.text

    async def events(self, server: str) -> list[dict[str, Any]]:
        asked = {"s": self.stream, "n": 0}
        answer = await self.http.get(f"{server}/line/since", params=asked, headers=self.headers)
        return [frame for frame in answer.json() if frame["t"] == "ev"]

    async def until(
        self, server: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30
    ) -> list[dict[str, Any]]:
        async with asyncio.timeout(seconds):
            while True:
                events = await self.events(server)
                if any(wanted(one) for one in events):
                    return events
                await asyncio.sleep(0.05)
