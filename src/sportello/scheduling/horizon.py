"""The calendar's daily work: the weeks ahead are filled from the weekly templates, old drafts are forgotten."""

from datetime import timedelta
from typing import Any

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.scheduling import elsewhere_settling, waiting
from sportello.scheduling.planning import replan
from sportello.scheduling.store import elsewhere, elsewhere_series, schedules, wizards

DRAFTS_KEPT = timedelta(days=30)
_KEY = "scheduling.horizon"


async def begin(house: House) -> None:
    """Promises the next filling; the hospital may have been loaded by hand for another horizon."""
    async with house.db.transaction() as tx:
        await house.jobs.enqueue(tx, "scheduling.fill_horizon", {}, dedupe_key=_KEY)


@job("scheduling.fill_horizon")
async def fill_horizon(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Makes what is missing, forgets drafts of last month, then promises tomorrow's filling."""
    now = house.clock.now()
    await wizards.forget(tx, now - DRAFTS_KEPT)
    await waiting.expire(house, tx)
    await elsewhere.forget_answers(tx, now - DRAFTS_KEPT)
    await elsewhere_series.forget(tx, now - DRAFTS_KEPT)
    await elsewhere_settling.look_again(house, tx)
    for schedule in await schedules.in_use(tx):
        await house.jobs.enqueue(tx, "scheduling.replan", {"schedule": schedule}, dedupe_key=f"replan:{schedule}")
    await house.jobs.enqueue(tx, "scheduling.fill_horizon", {}, run_at=now + timedelta(days=1), dedupe_key=_KEY)


@job("scheduling.replan")
async def replan_one(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """One schedule a transaction: nobody's booking waits for the whole hospital's calendar."""
    await replan(tx, payload["schedule"], house.clock.now())
