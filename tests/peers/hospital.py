"""The hospital that the peers meet: a process of its own, started by the command line, spoken to by its doors alone.

Only to look at what was kept, its database is read.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.administration.testing import staff_member
from sportello.app import furnish, open_house
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from tests.launching.running import ROOT, Running

_STAFF = ("agent", "administrator")
_ROOMS = ("kit", "web", "administration")  # enough to engage somebody
_NAME = "Ospedale San Luca"


async def until(wanted: Callable[[], Awaitable[Any]], what: str, seconds: float = 20) -> Any:
    """What was waited for."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await wanted()):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return found


class Hospital:
    """`sportello serve` on a database, with an agent and an administrator in its employ and a Direct Line secret."""

    def __init__(self, folder: Path, dsn: str, site: str) -> None:
        self.dsn = dsn
        known = {
            "SPORTELLO_DATABASE_URL": dsn, "SPORTELLO_SECURITY_WIDGET_ORIGINS": site, "SPORTELLO_CLINIC_NAME": _NAME,
        }  # fmt: skip
        self.process = Running(folder, command="serve", environment=known)
        self.url = self.process.url
        self.secret = self._printed(known)
        settings = Settings(clinic=Clinic(name=_NAME), database=DatabaseSettings(url=dsn), data=folder)
        self._staff = asyncio.run(_engaged(settings))

    def _printed(self, known: dict[str, str]) -> str:
        """A Direct Line secret, as an operator prints it."""
        done = subprocess.run(
            [sys.executable, "-m", "sportello", "token", "directline", "--data", str(self.process.data)],
            env=os.environ | known | {"PYTHONPATH": str(ROOT / "src")},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    @asynccontextmanager
    async def as_(self, role: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody of the staff at their desk."""
        session, csrf = self._staff[role]
        headers = {"X-CSRF-Token": csrf, "origin": self.url}
        async with httpx.AsyncClient(base_url=self.url, cookies={COOKIE: session}, headers=headers) as desk:
            yield desk

    async def token(self) -> tuple[str, UUID]:
        """A token for one new conversation, made with the secret as the hospital's site would, and the conversation."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                f"{self.url}/v3/directline/tokens/generate", json={"user": {"id": "dl_rosa"}},
                headers={"authorization": f"Bearer {self.secret}"},
            )  # fmt: skip
        said = answer.json()
        return said["token"], UUID(said["conversationId"])

    async def agent_takes(self, conversation: UUID, words: str) -> None:
        """As soon as the conversation waits for a person, Elena has it and writes."""

        async def waits() -> bool:
            return (await self.talk(conversation)).get("state") == "queued"

        await until(waits, "the queue", 40)
        async with self.as_("agent") as desk:
            taken = await desk.post(f"/desk/conversations/{conversation}/take")
            assert taken.status_code == 200, taken.text
            stream = f"conversation:{conversation}"
            frame = {"t": "post", "s": stream, "id": str(uuid4()), "k": "message", "b": {"text": words}}
            said = await desk.post("/line/post", json=frame)
            assert said.json()[0]["t"] == "ack", said.text

    async def talk(self, conversation: UUID) -> dict[str, Any]:
        """Where the conversation stands; empty before it begins."""
        rows = await self._read("select * from conversations.conversation where id = $1", conversation)
        return dict(rows[0]) if rows else {}

    async def messages(self, conversation: UUID, by: str) -> list[dict[str, Any]]:
        """The bodies of what the patient, or anybody else, said."""
        rows = await self._read(
            "select body::text from kit.event where stream = $1 and kind = 'message' and sender = $2 order by seq",
            f"conversation:{conversation}", by,
        )  # fmt: skip
        return [httpx.Response(200, text=row["body"]).json() for row in rows]

    async def said_by_patient(self, conversation: UUID) -> list[str]:
        """The patient's words as they are kept."""
        return [str(body.get("text")) for body in await self.messages(conversation, "patient")]

    async def _read(self, sql: str, *args: object) -> list[Any]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()


async def _engaged(settings: Settings) -> dict[str, tuple[str, str]]:
    house = furnish(settings, _ROOMS)
    found = {}
    async with open_house(house, _ROOMS):
        for role in _STAFF:
            actor = await staff_member(house, role)
            opened = await open_session(house, UUID(actor.id))
            assert opened is not None
            found[role] = (opened.token, opened.csrf)
    return found
