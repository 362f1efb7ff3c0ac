"""The cast of the conversations' tests: Giulia writes, Elena and Davide answer, Marta watches."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.handover import escalate
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.tests.cast import go
from sportello.conversations.tests.line import Doors
from sportello.kit.house import House

Begin = Callable[..., Awaitable[Conversation]]


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent", "elena", "Elena Conti")


@pytest.fixture
async def davide(house: House) -> Actor:
    return await staff_member(house, "agent", "davide", "Davide Greco")


@pytest.fixture
async def marta(house: House) -> Actor:
    return await staff_member(house, "supervisor", "marta", "Marta Ricci")


@pytest.fixture
def begin(house: House) -> Begin:
    """Opens a conversation of Giulia's and brings it to a state."""

    async def begin(state: State = State.BOT, agent: Actor | None = None, **more: Any) -> Conversation:
        values = {"patient_id": "giulia", "visitor_name": "Giulia Ferri", "language": "it"} | more
        talk = await house.db.run(lambda tx: open_conversation(house, tx, **values))
        if state is State.BOT:
            return talk
        talk = await house.db.run(lambda tx: escalate(house, tx, talk.id, reason="asked", topic="Visita"))
        if state is State.QUEUED:
            return talk
        assert agent is not None
        path = {
            State.OFFERED: [State.OFFERED],
            State.ACTIVE: [State.ACTIVE],
            State.WAITING: [State.ACTIVE, State.WAITING],
            State.WRAP_UP: [State.ACTIVE, State.WRAP_UP],
            State.CLOSED: [State.ACTIVE, State.WRAP_UP, State.CLOSED],
        }[state]
        for step in path:
            talk = await go(house, talk.id, step, agent)
        return talk

    return begin


@pytest.fixture
def doors(house: House) -> Doors:
    """Lets the cast have a line."""
    made = Doors()
    house.streams.authenticator(made.authenticate)
    return made
