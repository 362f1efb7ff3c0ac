"""Whose desk is connected: without one for some seconds an agent's offers go on, later the agent is Offline; the plan
says when (`line_grace_seconds`, `offline_after_seconds`), so that a blink of the network drops nothing.

Lines live in memory and are written only when they come or go; what is written at every beat is one row for the whole
process, so that the lines of a process that died are known to be gone.
"""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import structlog

from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.traces import where
from sportello.routing import planning
from sportello.routing.idling import watch_input
from sportello.routing.lapsing import sweep
from sportello.routing.presence import tell
from sportello.routing.rejecting import give_back
from sportello.routing.rules import Presence
from sportello.routing.store import lines, presences

log = structlog.get_logger("routing")

BEAT = 2.0  # seconds
SILENT = 8.0  # seconds after which a process counts as dead
POLLED = 20.0  # seconds for which a poll counts as a line


class Lines:
    """The desks that this process hears."""

    def __init__(self) -> None:
        self.process = uuid7()
        self._polls: dict[UUID, float] = {}
        self._written: set[UUID] = set()
        self._input: set[UUID] = set()

    def polled(self, staff: UUID) -> None:
        """A desk whose network blocks sockets has asked what is new."""
        self._polls[staff] = time.monotonic()

    def touched(self, staff: UUID) -> None:
        """Somebody types or points at one of their desks."""
        self._input.add(staff)

    def taken_input(self) -> set[UUID]:
        """Whose desks were touched since this was last asked."""
        found, self._input = self._input, set()
        return found

    def living(self, house: House) -> set[UUID]:
        """Whose desk is connected right now."""
        limit = time.monotonic() - POLLED
        self._polls = {staff: at for staff, at in self._polls.items() if at > limit}
        followed = {as_uuid(name.removeprefix("desk:")) for name in house.streams.followed("desk:")}
        return {staff for staff in followed if staff} | set(self._polls)

    async def write(self, house: House) -> None:
        """Tells that the process lives, and which lines have come and gone."""
        living = self.living(house)

        async def work(tx: Transaction) -> None:
            written = set() if await lines.beat(tx, self.process) else self._written
            if living - written:
                await lines.connect(tx, self.process, living - written)
            if written - living:
                await lines.disconnect(tx, self.process, written - living)
            await lines.bury(tx, SILENT)

        await house.db.run(work)
        self._written = living

    async def run(self, house: House) -> None:
        """Beats for as long as the process lives."""
        while True:
            try:
                await beat(house)
            except Exception as error:
                log.warning("presence could not be kept; it is tried again", error=where(error))
            await asyncio.sleep(BEAT)


async def beat(house: House) -> None:
    """Keeps who is there, gives back what lost lines took, finds those without a line, sweeps overdue offers."""
    here = house.port(Lines)
    await here.write(house)
    newcomers = here.living(house) & _takers(house)
    now = house.clock.now()
    plan = await planning.current(house, house.db)
    offline = timedelta(seconds=plan.offline_after_seconds)

    async def look(tx: Transaction) -> None:
        for staff in await presences.unknown(tx, newcomers):
            await presences.put(tx, staff, Presence.AVAILABLE, "arrival", now)
            await tell(house, tx, staff, Presence.AVAILABLE, "arrival")
        for staff, presence in await presences.returned(tx, now):
            await tell(house, tx, staff, presence, "line")
        await presences.missing(tx, now)
        for staff in await presences.lose(tx, now - offline, now):
            await tell(house, tx, staff, Presence.OFFLINE, "line")

    await house.db.run(look)
    await watch_input(house, here.taken_input())
    grace = timedelta(seconds=plan.line_grace_seconds)
    for silent in await presences.silent(house.db, now - grace):
        await house.db.run(lambda tx, one=silent: give_back(house, tx, one, "lost"))  # type: ignore[misc]
    await sweep(house)


def _takers(house: House) -> set[UUID]:
    """Connected staff whose work it is to take conversations; supervisors choose to."""
    found = set()
    for socket in house.streams.sockets:
        rights = socket.listener.permissions
        if Permission.TAKE_CONVERSATION in rights and Permission.SUPERVISE not in rights:
            found.add(as_uuid(socket.listener.id))
    return {staff for staff in found if staff}
