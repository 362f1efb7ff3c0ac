"""What the conversations' tests do again and again."""

from uuid import UUID

from sportello.administration.actor import Actor
from sportello.conversations import store
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.house import House


async def go(house: House, talk: UUID, target: State, agent: Actor) -> Conversation:
    """One move, from wherever it is."""
    now = await current(house, talk)
    given = {"agent": UUID(agent.id), "agent_name": agent.name} if target is State.ACTIVE else {}
    return await house.db.run(lambda tx: move(house, tx, talk, target, expected=now.state, by=agent, **given))


async def current(house: House, talk: UUID) -> Conversation:
    found = await store.get(house.db, talk)
    assert found is not None
    return found
