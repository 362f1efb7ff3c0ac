"""Brings those who wait to those who are free: one transaction at a time in the whole installation makes offers.

It is woken, after the commit, by whatever may make a match possible: somebody waits, somebody is ready, a plan was
published, an hour struck, skills are waited for no longer. Other processes need not hear: whoever commits wakes its
own. Only what a process did not live to wake for is looked for every ten seconds.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from sportello.conversations.events import PatientsWrote
from sportello.conversations.store import talks
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.kit.tasks import woken
from sportello.kit.traces import where
from sportello.routing import places, planning
from sportello.routing.engine.agents import units_used
from sportello.routing.engine.matching import Chooser, Match, Waiting, worth_reading
from sportello.routing.offering import offer_all
from sportello.routing.opening import closed_queues
from sportello.routing.plan.parts import Plan
from sportello.routing.store import offers, placements, presences
from sportello.routing.store.offers import Offer
from sportello.routing.waiting import bring_back

log = structlog.get_logger("routing")

SWEEP = 10.0  # seconds
AT_ONCE = 100  # offers in one transaction
HELD = 0.05  # seconds after which to look again for a conversation that somebody else held


class Assigner:
    """Wakes and runs the looks of this process."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._match = self._written = False

    def wake(self) -> None:
        """A match may be possible."""
        self._match = True
        self._wake.set()

    def written(self) -> None:
        """Some patient wrote: it may be in a talk that was put by."""
        self._written = True
        self._wake.set()

    async def run(self, house: House) -> None:
        """Looks whenever it is woken, and as a sweep."""
        while True:
            await woken(self._wake, SWEEP)
            sweeps, written, match = not self._wake.is_set(), self._written, self._match
            self._wake.clear()
            self._match = self._written = False
            try:
                if sweeps or written:
                    await bring_back(house)
                if sweeps or match:
                    await assign(house)
            except Exception as error:
                log.warning("nobody could be assigned; it is tried again", error=where(error))
                self._written = True
                self.wake()
                await asyncio.sleep(0.2)


async def follow_words(house: House, tx: Transaction, event: PatientsWrote) -> None:
    """A patient who writes in a talk that was put by comes back at once."""
    tx.after_commit(house.port(Assigner).written)


def look_soon(house: House, tx: Transaction) -> None:
    """After this transaction somebody may be offered to somebody."""
    tx.after_commit(house.port(Assigner).wake)


@job("routing.look")
async def look(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """An instant has come at which somebody else can be asked: a queue opens, skills are waited for no longer."""
    look_soon(house, tx)


async def assign(house: House) -> int:
    """Makes every offer that is possible now; how many."""
    made = 0
    while True:
        block = await house.db.run(lambda tx: offer_block(house, tx))
        made += len(block)
        if len(block) < AT_ONCE:
            return made


async def offer_block(house: House, tx: Transaction) -> list[Offer]:
    """One transaction's worth of offers: the first who wait, each to the agent who is best placed."""
    if not await placements.anybody(tx):
        return []
    await offers.take_turn(tx)
    plan, now = await planning.current(house, tx), house.clock.now()
    chooser = Chooser(
        plan,
        (await places.agents(house, tx, also_full=False)).values(),
        now,
        house.port(planning.Plans).abilities(plan),
    )
    shapes, closed = await placements.shapes(tx), closed_queues(house, plan, now)
    made: list[Offer] = []
    passed: list[UUID] = []
    # What nobody could be asked for any more is not read again.
    while (kinds := worth_reading(plan, chooser, shapes, now, closed)) and len(made) < AT_ONCE:
        wanted = [(shape, until, plan.queue(shape.queue).priority) for shape, until in kinds]
        room = AT_ONCE - len(made)
        first = await placements.first_of(tx, wanted, passed, room)
        if not first:
            break
        passed += [one.conversation for one in first]
        made += await _offer(house, tx, plan, await _chosen(tx, chooser, first), chooser)
        if len(first) < room:
            break
    return made


async def _chosen(tx: Transaction, chooser: Chooser, first: Sequence[Waiting]) -> list[Match]:
    refused = await offers.refused(tx, [one.conversation for one in first])
    matches = []
    for one in first:
        if chosen := chooser.choose(one, refused.get(one.conversation, {})):
            chooser.give(chosen, one.channel)
            matches.append(Match(one, chosen.staff))
    return matches


async def _offer(house: House, tx: Transaction, plan: Plan, matches: Sequence[Match], chooser: Chooser) -> list[Offer]:
    """Offers those matches of which both sides can be held; whoever was held by somebody else is looked at again."""
    if not matches:
        return []
    held = await talks.lock_queued(tx, [one.waiting.conversation for one in matches])
    kept = await _kept(house, tx, plan, chooser, [one for one in matches if one.waiting.conversation in held])
    if len(kept) < len(matches):
        asyncio.get_running_loop().call_later(HELD, house.port(Assigner).wake)
    return await offer_all(house, tx, plan, [(held[one.waiting.conversation], one.staff) for one in kept])


async def _kept(house: House, tx: Transaction, plan: Plan, chooser: Chooser, matches: Sequence[Match]) -> list[Match]:
    """The matches whose agents, held now, still are present and have the place that they had in the snapshot."""
    staff = {one.staff for one in matches}
    if not staff:
        return []
    standing = await presences.hold(tx, staff)
    taken = await places.works(tx, plan, staff)
    who = await places.members(house, tx, staff)
    used = {one: units_used(plan, taken.get(one, {})) for one in staff}
    kept = []
    for one in matches:
        stream, channel = plan.workstream(one.waiting.channel), one.waiting.channel
        presence, own = standing.get(one.staff, ("", ""))
        by_channel, together = used[one.staff]
        most = who[one.staff].most.get(channel)
        there = presence in stream.presences or own in stream.presences
        fits = stream.units == 0 or (
            together + stream.units <= who[one.staff].units
            and (most is None or by_channel.get(channel, 0) + stream.units <= most)
        )
        if there and fits:
            by_channel[channel] = by_channel.get(channel, 0) + stream.units
            used[one.staff] = by_channel, together + stream.units
            kept.append(one)
        else:
            chooser.drop(one.staff)
    return kept
