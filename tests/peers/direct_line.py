"""What the tests with Direct Line's clients share: a secret, a token, an agent who takes over."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from sportello.administration import machines
from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations import posting
from sportello.conversations import store as talks
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.house import House


async def token(house: House, server: str) -> tuple[str, UUID]:
    """A token for one new conversation, made with a secret as a hospital's site would, and the conversation."""
    secret = await house.db.run(
        lambda tx: machines.issue(house, tx, SYSTEM, "directline", ["*"], "site", timedelta(days=1))
    )
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{server}/v3/directline/tokens/generate", json={"user": {"id": "dl_rosa"}},
            headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip
    said = answer.json()
    return said["token"], UUID(said["conversationId"])


async def until(wanted: Callable[[], Awaitable[Any]], what: str, seconds: float = 15) -> Any:
    """What was waited for."""
    async with asyncio.timeout(seconds):
        while not (found := await wanted()):
            await asyncio.sleep(0.03)
    assert found, what
    return found


async def agent_takes(house: House, conversation: UUID, elena: Actor, words: str) -> None:
    """As soon as the conversation waits for a person, Elena has it and writes."""

    async def waits() -> bool:
        found = await talks.get(house.db, conversation)
        return found is not None and found.state is State.QUEUED

    await until(waits, "the queue")
    await house.db.run(
        lambda tx: move(
            house, tx, conversation, State.ACTIVE, expected=State.QUEUED, by=elena, agent=UUID(elena.id),
            agent_name=elena.name,
        )
    )  # fmt: skip
    body = {"text": words}
    await posting.post(house, conversation, body, sender=f"agent:{elena.id}", client_id=uuid4(), name=elena.name)


async def said_by_patient(house: House, conversation: UUID) -> list[str]:
    """The patient's words as they are kept."""
    events = await house.streams.since(f"conversation:{conversation}", 0)
    return [str(e.body.get("text")) for e in events if e.kind == "message" and e.sender == "patient"]
