"""A gate, sign-ins and browser tabs for tests of the line."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import websockets

from sportello.kit.house import House
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused


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


def authenticate(_house: House, given: Any) -> Listener | None:
    name = given if isinstance(given, str) else given.cookies.get("who", "")
    return Listener(SIGNED_IN[name], name, name, "it") if name in SIGNED_IN else None  # type: ignore[arg-type]


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
