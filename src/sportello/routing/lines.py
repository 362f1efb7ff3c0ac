"""Whose desk is connected: a beat tells it, a silence of ten seconds passes offers on, one of a minute is Offline."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import structlog

from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.traces import where
from sportello.routing.lapsing import sweep
from sportello.routing.places import ALIVE
from sportello.routing.presence import tell
from sportello.routing.rejecting import give_back
from sportello.routing.rules import Presence
from sportello.routing.store import presences

log = structlog.get_logger("routing")

BEAT = 2.0  # seconds
GRACE = timedelta(seconds=60)  # a blink of the network, a reload, a tunnel: nobody is set Offline for it
POLLED = 20.0  # seconds for which a poll counts as a line


class Lines:
    """The desks that this process hears."""

    def __init__(self) -> None:
        self._polls: dict[UUID, float] = {}

    def polled(self, staff: UUID) -> None:
        """A desk whose network blocks sockets has asked what is new."""
        self._polls[staff] = time.monotonic()

    def living(self, house: House) -> set[UUID]:
        """Whose desk is connected right now."""
        limit = time.monotonic() - POLLED
        self._polls = {staff: at for staff, at in self._polls.items() if at > limit}
        followed = {as_uuid(name.removeprefix("desk:")) for name in house.streams.followed("desk:")}
        return {staff for staff in followed if staff} | set(self._polls)

    async def run(self, house: House) -> None:
        """Beats for as long as the process lives."""
        while True:
            try:
                await beat(house)
            except Exception as error:
                log.warning("presence could not be kept; it is tried again", error=where(error))
            await asyncio.sleep(BEAT)


async def beat(house: House) -> None:
    """Keeps who is there, gives back what lost lines took, finds lines that fell silent, sweeps overdue offers."""
    now = house.clock.now()
    living = house.port(Lines).living(house)
    takers = _takers(house)

    async def there(tx: Transaction) -> None:
        for staff in await presences.unknown(tx, living & takers):
            await presences.put(tx, staff, Presence.AVAILABLE, "arrival", now)
            await tell(house, tx, staff, Presence.AVAILABLE, "arrival")
        for staff, presence in await presences.touch(tx, sorted(living), now):
            await tell(house, tx, staff, presence, "line")

    if living:
        await house.db.run(there)
    for silent in await presences.silent(house.db, now - ALIVE):
        await house.db.run(lambda tx, one=silent: give_back(house, tx, one, "lost"))  # type: ignore[misc]

    async def gone(tx: Transaction) -> None:
        for staff in await presences.lose(tx, now - GRACE, now):
            await tell(house, tx, staff, Presence.OFFLINE, "line")

    await house.db.run(gone)
    await sweep(house)


def _takers(house: House) -> set[UUID]:
    """Connected staff whose work it is to take conversations; supervisors choose to."""
    found = set()
    for socket in house.streams.sockets:
        rights = socket.listener.permissions
        if Permission.TAKE_CONVERSATION in rights and Permission.SUPERVISE not in rights:
            found.add(as_uuid(socket.listener.id))
    return {staff for staff in found if staff}
