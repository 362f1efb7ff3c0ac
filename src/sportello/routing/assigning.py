"""Brings those who wait to those who are free: one transaction at a time in the whole installation makes offers.

It is woken by whatever may make a match possible (somebody waits, somebody is ready), after that has been committed;
every two seconds it looks all the same, for what a process did not live to wake it for.
"""

import asyncio
import contextlib
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from sportello.conversations.store import lists, talks
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.traces import where
from sportello.routing import places
from sportello.routing.offering import offer
from sportello.routing.rules import Candidate, choose
from sportello.routing.store import offers, presences
from sportello.routing.store.offers import GENERAL, Offer
from sportello.routing.waiting import bring_back

log = structlog.get_logger("routing")

LOOK = 2.0  # seconds
AT_ONCE = 20  # offers in one transaction
MOST_LOOKED_AT = 100  # conversations for which nobody was found, in one look


class Assigner:
    """Wakes and runs the looks of this process."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self, house: House) -> None:
        """Looks whenever it is woken, and every two seconds."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK)
            self._wake.clear()
            try:
                await bring_back(house)
                await assign(house)
            except Exception as error:
                log.warning("nobody could be assigned; it is tried again", error=where(error))
                await asyncio.sleep(0.2)


def look_soon(house: House, tx: Transaction) -> None:
    """After this transaction somebody may be offered to somebody."""
    tx.after_commit(house.port(Assigner).wake)


async def assign(house: House) -> int:
    """Makes every offer that is possible now; how many."""
    made = 0
    while True:
        block = await house.db.run(lambda tx: offer_block(house, tx))
        made += len(block)
        if len(block) < AT_ONCE:
            return made


async def offer_block(house: House, tx: Transaction) -> list[Offer]:
    """One transaction's worth of offers: the most urgent conversations, each to the agent who is best placed."""
    if not await lists.anybody_queued(tx):
        return []
    await offers.take_turn(tx)
    candidates = await places.candidates(house, tx)
    queues, members = await offers.queues(tx), await offers.members(tx)
    made: list[Offer] = []
    passed: list[UUID] = []
    while candidates and len(made) < AT_ONCE and len(passed) < MOST_LOOKED_AT:
        talk = await talks.lock_next_queued(tx, passed)
        if talk is None:
            break
        queue = queues.get(talk.queue or "", queues[GENERAL])
        named = members.get(queue.id)
        refused = await offers.refused(tx, talk.id)
        chosen = await _held(tx, candidates, named, refused)
        if chosen is None:
            passed.append(talk.id)
            continue
        made.append(await offer(house, tx, talk, chosen.staff, queue))
        candidates[chosen.staff] = msgspec.structs.replace(chosen, load=chosen.load + 1, idle_since=house.clock.now())
    return made


async def _held(
    tx: Transaction, candidates: dict[UUID, Candidate], named: set[UUID] | None, refused: dict[UUID, datetime]
) -> Candidate | None:
    """The best candidate whose presence, looked at again and held, still is Available."""
    while chosen := choose((c for c in candidates.values() if named is None or c.staff in named), refused):
        if await presences.hold_if_available(tx, chosen.staff):
            return chosen
        del candidates[chosen.staff]
    return None
