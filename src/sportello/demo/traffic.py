"""Invented patients who talk through the real doors, so that boards live and queues move."""

import asyncio
import random
import urllib.request
from typing import Any
from uuid import uuid4

import msgspec
import structlog
import websockets

log = structlog.get_logger("traffic")
_SAID = {
    "it": [
        "Buongiorno", "Vorrei spostare la mia visita", "A che ora aprite?", "Dove posso parcheggiare?",
        "Vorrei parlare con una persona", "Devo essere a digiuno per gli esami?", "Va bene, grazie",
        "Quando sono pronti i referti?", "Potrei avere un altro orario?", "Preferirei la mattina", "Sì", "No, grazie",
    ],
    "en": [
        "Hello", "I would like to move my visit", "When do you open?", "Where can I park?",
        "I would like to speak with a person", "Do I have to fast before the test?", "Fine, thank you",
        "When are my results ready?", "Could I have another time?", "I would prefer the morning", "Yes", "No, thanks",
    ],
}  # fmt: skip
_WORDS_EACH = (3, 9)
_PAUSE = (4.0, 25.0)  # seconds between a patient's words
_ACKNOWLEDGED_WITHIN = 15.0


async def keep_talking(url: str, patients: int, *, rounds: int = 0, pause: tuple[float, float] = _PAUSE) -> int:
    """`patients` at once, each with one conversation after another; `rounds` of them (0: for ever). Words sent."""
    patients = max(1, min(patients, 500))
    return sum(await asyncio.gather(*(_patient(url, number, rounds, pause) for number in range(patients))))


async def _patient(url: str, number: int, rounds: int, pause: tuple[float, float]) -> int:
    chance, done, words = random.Random(), 0, 0
    await asyncio.sleep(chance.uniform(0, min(pause[1], number * 0.3)))
    while rounds == 0 or done < rounds:
        try:
            words += await _conversation(url, chance, pause)
        except (OSError, websockets.WebSocketException, TimeoutError, ValueError) as error:
            log.info("an invented patient was interrupted", error=type(error).__name__)
            await asyncio.sleep(chance.uniform(1, 5))
        done += 1
    return words


async def _conversation(url: str, chance: random.Random, pause: tuple[float, float]) -> int:
    language = chance.choices(["it", "en"], (5, 1))[0]
    chat = await _ask(url + "/portal/chat", {"key": str(uuid4()), "language": language})
    words = 0
    async with websockets.connect(url.replace("http", "ws", 1) + "/line?as=patient") as line:
        await line.send(_json({"t": "hello", "token": chat["token"], "lang": language}))
        await line.send(_json({"t": "follow", "s": chat["stream"], "after": 0}))
        for text in chance.sample(_SAID[language], chance.randint(*_WORDS_EACH)):
            await asyncio.sleep(chance.uniform(*pause) / 2)
            await line.send(_json({"t": "typing", "s": chat["stream"]}))
            await asyncio.sleep(chance.uniform(*pause) / 2)
            if not await _say(line, chat["stream"], text):
                return words
            words += 1
    await _ask(url + "/portal/chat/end", {}, chat["token"])
    return words


async def _ask(address: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    """A plain request, in a thread: the demo needs no HTTP client of its own. Its errors are OSErrors."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    asked = urllib.request.Request(address, msgspec.json.encode(body), headers)  # noqa: S310  our own address

    def send() -> bytes:
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            return bytes(answer.read())

    return dict(msgspec.json.decode(await asyncio.to_thread(send)))


async def _say(line: Any, stream: str, text: str) -> bool:
    """Whether the server kept the words; False when the conversation has ended."""
    name = str(uuid4())
    await line.send(_json({"t": "post", "s": stream, "id": name, "k": "message", "b": {"text": text}}))
    async with asyncio.timeout(_ACKNOWLEDGED_WITHIN):
        while True:
            told = msgspec.json.decode(await line.recv())
            for frame in told if isinstance(told, list) else [told]:
                if frame.get("id") == name and frame["t"] in ("ack", "no"):
                    return bool(frame["t"] == "ack")


def _json(frame: dict[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()
