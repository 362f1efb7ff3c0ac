"""Conversations whose time is over are emptied by themselves, where the hospital's terms say so: a few at a time, never
one that a legal hold keeps, itself or its patient.
"""

from datetime import timedelta
from typing import Any

from sportello.administration import audit
from sportello.administration.actor import SYSTEM
from sportello.administration.privacy import holding, policy, rows
from sportello.administration.privacy.holdings import Subject, holdings, whole
from sportello.conversations.store import erasing
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job

_AT_ONCE = 50
_DAILY = timedelta(days=1)


@job("conversations.empty_old")
async def lapse(house: House, tx: Transaction, _payload: dict[str, Any]) -> None:
    """Empties what is due, then promises the next look: at once while there is more."""
    terms = (await policy.in_force(tx))["conversation"]
    more = False
    if terms.by_itself and (before := terms.over_before(house.clock.now())):
        held, conversations = await holding.in_force(house, tx)
        subjects = [await whole(house, tx, one) for one in held]  # of merged records, what is of the survivor now
        patients = [name for one in subjects for name in one.keys("patient")]
        due = await erasing.over(tx, before, patients, conversations, _AT_ONCE)
        more = len(due) == _AT_ONCE
        if due:
            await _empty(house, tx, Subject("", conversations=tuple(map(str, due))))
    await promise(house, tx, timedelta(seconds=1) if more else _DAILY)


async def _empty(house: House, tx: Transaction, subject: Subject) -> None:
    number = 0
    for part in reversed(holdings(house)):
        if part.kind == "conversation":
            number += sum([await rows.erase(tx, table, subject) for table in part.tables])
            number += await part.erased(house, tx, subject) if part.erased else 0
    told = {"conversations": list(subject.conversations), "rows": number}
    await audit.record(house, tx, SYSTEM, "privacy.lapsed", detail=told)


async def promise(house: House, tx: Transaction, after: timedelta) -> None:
    """One look waits at any time."""
    await house.jobs.enqueue(
        tx, "conversations.empty_old", {}, run_at=house.clock.now() + after, dedupe_key="conversations.empty_old"
    )
