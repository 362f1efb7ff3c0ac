"""A series that is moved or cancelled in the system that keeps the calendars, and breaks off in the middle.

It is written down before the first visit is sent, and forgotten by the transaction that keeps the last one here. What
is left over in between (a server died, or the other system) is settled visit by visit; when then some are moved or
cancelled and others stand, one conflict names them all, for a person to decide: nobody is moved by the system.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.scheduling.store import elsewhere_series as store

AGAIN = timedelta(minutes=1)
Visit = tuple[UUID, datetime, datetime]  # which, when it stands, when it is to stand
log = structlog.get_logger("scheduling")


async def begin(house: House, what: str, patient: str, visits: Sequence[Visit], within: timedelta) -> UUID:
    """Writes it down, and promises a look at what became of it when its time is over."""
    known, now = uuid7(), house.clock.now()

    async def work(tx: Transaction) -> None:
        await store.begin(tx, known, what, patient, visits, now)
        await look_at(house, tx, known, now + within)

    await house.db.run(work)
    return known


async def look_at(house: House, tx: Transaction, known: UUID, at: datetime) -> None:
    """Promises the look."""
    await house.jobs.enqueue(
        tx, "scheduling.series_in_part", {"series": str(known)}, run_at=at, dedupe_key=f"elsewhere-series:{known}"
    )


@job("scheduling.series_in_part")
async def look(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Tells staff of a series that is done in part; forgets one that is done, or taken back."""
    known, now = UUID(payload["series"]), house.clock.now()
    if await store.leave(tx, known, now):
        log.error("a series is moved or cancelled in part in the other system", series=str(known))
    elif await store.under_way(tx, known):
        await look_at(house, tx, known, now + AGAIN)
    else:
        await store.over(tx, known)


async def keep_as_it_is(house: House, tx: Transaction, actor: Actor, known: UUID) -> None:
    """A person has decided; nothing happens when somebody else was quicker."""
    if patient := await store.over(tx, known):
        await audit.record(house, tx, actor, "appointment.kept", patient=patient, entity=f"series/{known}")
