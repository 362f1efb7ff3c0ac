"""Presence by work: while every place of an agent is taken, Available is shown as Busy, and the history says so."""

from uuid import UUID

from sportello.conversations.events import Moved
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import places
from sportello.routing.store import attention, presences

_HOLDS = frozenset({State.ACTIVE, State.WRAP_UP})


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """A place was taken or became free: is the agent full, or no longer?"""
    if event.source in _HOLDS or event.target in _HOLDS:
        for staff in sorted({event.former, event.agent} - {None}, key=str):
            assert staff is not None
            await look(house, tx, staff)


async def look(house: House, tx: Transaction, staff: UUID) -> None:
    """Compares one agent's work with their places; every window of theirs hears of a change."""
    standing = await presences.standing(tx, staff)
    if standing is None:
        return
    load, units = (await places.loads(house, tx, [standing]))[staff]
    if await attention.fill(tx, staff, house.clock.now(), full=load >= units):
        body = {"presence": standing.presence, "cause": "work"}
        await house.streams.append(tx, f"desk:{staff}", "presence", body, audience="staff")
