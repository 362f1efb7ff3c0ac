"""Whole turns of the embedded bot: from a patient's words to the bot's, both durable in the database.

One process with its own PostgreSQL, commits durable; the patients are in the same process and ask again as soon as they
are answered. The turns go through everything that a real one does: the stream, the reaction, red flags, the scenario,
the record of the turn, the promise to look after the silent.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from uuid import UUID

import uvloop

from sportello.app import ROOMS, furnish, open_house
from sportello.conversations import posting
from sportello.conversations.opening import open_conversation
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from sportello.kit.streams import Event

_ASKED = ("Buongiorno", "sei un robot?", "grazie mille", "non ho dolore al petto", "no", "come faccio ad accedere?")
_PATIENTS = (1, 8, 32)
_SECONDS = 6.0
_TURNS_EACH = 18  # fewer than a talk may have before a person takes over


def rows() -> list[dict[str, object]]:
    """Turns a second and milliseconds from the words' post to the answer's commit, by patients at once."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        migrate(server.dsn)
        settings = Settings(clinic=Clinic(name="Bench"), database=DatabaseSettings(url=server.dsn), data=folder)
        return uvloop.run(_rows(settings))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _rows(settings: Settings) -> list[dict[str, object]]:
    rooms = ROOMS[: ROOMS.index("bots") + 1]
    house = furnish(settings, rooms)
    heard = _Heard()
    house.streams.react("conversation", heard)
    async with open_house(house, rooms):
        return [await _measured(house, heard, patients) for patients in _PATIENTS]


class _Heard:
    """Tells a waiting patient that the bot has answered."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Event] = {}

    async def __call__(self, _house: House, events: list[Event]) -> None:
        for event in events:
            if event.sender == "bot" and (bell := self.waiting.get(event.stream)):
                bell.set()


async def _measured(house: House, heard: _Heard, patients: int) -> dict[str, object]:
    took: list[float] = []
    until = time.perf_counter() + _SECONDS
    await asyncio.gather(*(_patient(house, heard, until, took) for _ in range(patients)))
    took.sort()
    return {
        "what": f"whole turns, {patients} patients at once",
        "turns_per_s": round(len(took) / _SECONDS),
        "p50_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[int(len(took) * 0.99)], 1),
    }


async def _patient(house: House, heard: _Heard, until: float, took: list[float]) -> None:
    while time.perf_counter() < until:
        async with house.db.transaction() as tx:
            talk: UUID = (await open_conversation(house, tx, visitor_name="Visitor", language="it")).id
        stream, bell = f"conversation:{talk}", asyncio.Event()
        heard.waiting[stream] = bell
        await asyncio.sleep(0.2)  # the greeting is no answer
        for number in range(_TURNS_EACH):
            if time.perf_counter() >= until:
                return
            bell.clear()
            began = time.perf_counter()
            text = _ASKED[number % len(_ASKED)]
            await posting.post(house, talk, {"text": text}, sender="patient", client_id=uuid7(), name="Visitor")
            try:
                async with asyncio.timeout(5):
                    await bell.wait()
            except TimeoutError:
                break
            took.append((time.perf_counter() - began) * 1000)
