"""Fixtures of the Direct Line server's tests: a secret of the hospital's, and a client that speaks with it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House
from sportello.kit.settings import Security, Settings

SITE = "https://www.ospedale-san-luca.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site of the hospital's may carry the chat."""
    return msgspec.structs.replace(settings, security=Security(widget_origins=(SITE,)))


@pytest.fixture
async def secret(house: House) -> str:
    """A Direct Line secret, as `sportello token directline` prints it."""
    return await house.db.run(
        lambda tx: machines.issue(house, tx, SYSTEM, "directline", ["*"], "site", timedelta(days=30))
    )


def messages(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(one["from"]["role"], one["text"]) for one in said if one["type"] == "message"]


class Line:
    """A Direct Line client by hand: it shows what the wire says."""

    def __init__(self, http: httpx.AsyncClient, bearer: str) -> None:
        self.http, self.bearer = http, bearer
        self.conversation, self.stream, self.watermark = "", "", ""

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.bearer}"} | more.pop("headers", {})
        return await self.http.request(method, f"/v3/directline{path}", headers=headers, **more)

    async def begin(self, locale: str = "it-IT") -> httpx.Response:
        answer = await self.call("POST", "/conversations", json={"user": {}, "locale": locale})
        assert answer.status_code in (200, 201), answer.text
        said = answer.json()
        self.conversation, self.stream, self.bearer = said["conversationId"], said["streamUrl"], said["token"]
        return answer

    async def say(self, text: str, name: str = "", **more: Any) -> httpx.Response:
        data = {"clientActivityID": name} if name else {}
        activity = {"type": "message", "text": text, "from": {"id": "x"}, "channelData": data} | more
        return await self.call("POST", f"/conversations/{self.conversation}/activities", json=activity)

    async def read(self) -> list[dict[str, Any]]:
        """What is new, by polling."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.call(
                "GET", f"/conversations/{self.conversation}/activities", params={"watermark": self.watermark}
            )
            assert answer.status_code == 200, answer.text
            said = answer.json()
            self.watermark = said["watermark"]
            if not said["activities"]:
                return found
            found += said["activities"]


@pytest.fixture
async def line(server: str, secret: str) -> AsyncIterator[Line]:
    """A client with a token for a conversation that is not begun yet."""
    async with httpx.AsyncClient(base_url=server) as http:
        made = Line(http, secret)
        made.bearer = (await made.call("POST", "/tokens/generate", json={"user": {"id": "dl_rosa"}})).json()["token"]
        yield made
