"""The calendar's daily work: eight weeks ahead are filled from the weekly templates, old drafts are forgotten."""

from datetime import timedelta
from typing import Any

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.scheduling.loading import generate_slots
from sportello.scheduling.store import wizards

WEEKS = 8
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
    await generate_slots(tx, now.astimezone(house.settings.clinic.tz).date(), WEEKS)
    await house.jobs.enqueue(tx, "scheduling.fill_horizon", {}, run_at=now + timedelta(days=1), dedupe_key=_KEY)
