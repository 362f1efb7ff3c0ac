"""The cast of routing's tests: Elena and Davide serve, Marta supervises, patients wait."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.handover import escalate
from sportello.conversations.opening import open_conversation
from sportello.conversations.store import Conversation
from sportello.kit.house import House

Waiting = Callable[..., Awaitable[Conversation]]


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent", "elena", "Elena Conti")


@pytest.fixture
async def davide(house: House) -> Actor:
    return await staff_member(house, "agent", "davide", "Davide Greco")


@pytest.fixture
async def luca(house: House) -> Actor:
    return await staff_member(house, "agent", "luca", "Luca Fontana")


@pytest.fixture
async def marta(house: House) -> Actor:
    return await staff_member(house, "supervisor", "marta", "Marta Ricci")


@pytest.fixture
def waiting(house: House) -> Waiting:
    """Somebody who asked for a person and stands in the queue."""

    async def waiting(name: str = "Giulia Ferri", **more: Any) -> Conversation:
        async def work(tx: Any) -> Conversation:
            talk = await open_conversation(house, tx, patient_id="giulia", visitor_name=name, language="it")
            return await escalate(house, tx, talk.id, reason="asked", topic="Visita", **more)

        return await house.db.run(work)

    return waiting
