"""Inactivity: whoever touches no desk of theirs for as long as the plan says is Away, until they do again."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import planning
from sportello.routing.presence import tell
from sportello.routing.rejecting import give_back
from sportello.routing.rules import Presence
from sportello.routing.store import attention


async def watch_input(house: House, touched: Collection[UUID]) -> None:
    """Keeps whose desks were touched, gives them back what inactivity took, and finds who is inactive now."""
    now = house.clock.now()

    async def work(tx: Transaction) -> list[UUID]:
        if touched:
            for staff in await attention.felt(tx, touched, now):
                await tell(house, tx, staff, Presence.AVAILABLE, "input")
        seconds = (await planning.current(house, tx)).idle_away_seconds
        if seconds is None:
            return []
        resting = await attention.rest(tx, now - timedelta(seconds=seconds), now)
        for staff in resting:
            await tell(house, tx, staff, Presence.AWAY, "idle")
        return resting

    for resting in await house.db.run(work):
        await house.db.run(lambda tx, one=resting: give_back(house, tx, one, "withdrawn"))  # type: ignore[misc]
