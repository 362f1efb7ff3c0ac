"""Tells those who wait their place in the queue and, when enough is known, how long it takes.

Woken by whoever comes to a queue or leaves it, at most every three seconds a queue. What is told is kept beside the
conversation, so that two processes tell it once, and goes into the stream, so that it is there after a reload.
"""

import asyncio
from uuid import UUID

import structlog

from sportello.conversations.events import Moved
from sportello.conversations.moves import locked
from sportello.conversations.states import IN_QUEUE
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.traces import where
from sportello.routing.engine.expecting import WITHIN, Expectation, expectation, steady, worth_telling
from sportello.routing.store import offers, placements

log = structlog.get_logger("routing")

PAUSE = 3.0  # seconds in which changes of a queue are gathered
MOST_TOLD = 50  # further back nothing is said of places: it changes too often, and comforts nobody


class Teller:
    """Gathers which queues have changed, and tells who waits in them."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    def changed(self, queue: str) -> None:
        self._changed.add(queue)
        self._wake.set()

    async def run(self, house: House) -> None:
        """Tells for as long as the process lives."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(PAUSE)
            self._wake.clear()
            queues, self._changed = self._changed, set()
            for queue in sorted(queues):
                try:
                    await tell(house, queue)
                except Exception as error:
                    log.warning("places could not be told", error=where(error))


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """Somebody came to a queue or left it."""
    if (event.source in IN_QUEUE) is not (event.target in IN_QUEUE):
        found = await placements.placed(tx, event.conversation)
        queue = found.queue if found else (await locked(tx, event.conversation)).queue
        if queue:
            tx.after_commit(lambda: house.port(Teller).changed(queue))


async def tell(house: House, queue: str) -> int:
    """Tells everybody near the front of a queue what has become of their place; how many were told."""
    now = house.clock.now()
    served = await offers.served_at(house.db, queue, now - WITHIN)
    told = 0
    for ahead, one in enumerate((await placements.in_line(house.db, queue))[:MOST_TOLD]):
        before = Expectation(one.told_place, one.told_minutes) if one.told_place else None
        said = steady(before, expectation(ahead, served, now))
        if worth_telling(before, said):
            told += await house.db.run(lambda tx, c=one.conversation, e=said: _say(house, tx, c, e))  # type: ignore[misc]
    return told


async def _say(house: House, tx: Transaction, conversation: UUID, said: Expectation) -> bool:
    talk = await locked(tx, conversation)
    if talk.state not in IN_QUEUE or not await placements.told(tx, conversation, said.place, said.minutes):
        return False
    body = {"place": said.place, "minutes": said.minutes}
    await house.streams.append(tx, talk.stream, "place", body, client_id=uuid7())
    return True
