"""Booking at another Sportello over HTTP: its operations are used, and its calendars say the same afterwards."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from sportello.adapters.remote_booking.by_operation import ByOperation
from sportello.adapters.remote_booking.choosing import booking_of
from sportello.adapters.remote_booking.tests.conftest import Plain
from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.scheduling.booking_port import Booking, Ordered, Sought, TimeTaken
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import GIULIA as RESOURCES
from sportello.scheduling.tests.conftest import san_luca

TODAY = datetime.now(UTC).date()
SOUGHT = Sought("ecg", datetime.now(UTC), datetime.now(UTC) + timedelta(days=9), practitioner="bassi")
GIULIA, MARCO = Ordered("giulia", "Controllo"), Ordered("marco", "Controllo")


@pytest.fixture
async def there(house: House, server: str) -> AsyncIterator[Booking]:
    """The other hospital, behind a real server."""
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date.fromordinal(TODAY.toordinal() + 1), 1)
        for resource in RESOURCES:
            await fhir.put(tx, resource)
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Here", timedelta(days=1))

    async def bearer() -> str:
        return token

    async with httpx.AsyncClient(timeout=30) as http:
        yield await booking_of(Plain(http, f"{server}/fhir/R4", bearer))


async def test_held_booked_moved_cancelled_there(house: House, there: Booking) -> None:
    assert isinstance(there, ByOperation), "it names its operations"
    offers = await there.find(SOUGHT)
    first, second, third = [one for one in offers if one.ends - one.starts == timedelta(minutes=20)][:3]
    assert (first.practitioner, first.location) == ("bassi", "centro")
    kept = await there.hold(first, GIULIA)
    assert kept is not None
    assert kept.until is not None
    with pytest.raises(TimeTaken):
        await there.confirm(first, MARCO)
    made = await there.confirm(first, GIULIA, kept)
    assert (made.status, made.slot, made.starts) == ("booked", first.id, first.starts)
    moved = await there.move(made.id, second, GIULIA)
    assert (moved.id, moved.starts) == (made.id, second.starts)
    other = await there.hold(third, MARCO)
    assert other is not None
    with pytest.raises(TimeTaken):
        await there.move(made.id, third, GIULIA)
    await there.release(other)
    await there.release(other)
    over = await there.cancel(made.id, CancelReason.PATIENT, "Influenza")
    assert (over.status, over.slot_free) == ("cancelled", True)
    rows = await house.db.fetch("select what, note from scheduling.appointment_change order by number")
    assert [row["what"] for row in rows] == ["booked", "moved", "cancelled"]
    assert rows[2]["note"] == "Influenza"
    assert await house.db.fetchval("select count(*) from scheduling.claim") == 0


async def test_of_many_there_one_has_it(house: House, there: Booking) -> None:
    offer = (await there.find(SOUGHT))[0]
    told = await asyncio.gather(*(there.confirm(offer, GIULIA) for _ in range(8)), return_exceptions=True)
    # The patient's own other visit is an answer too: both mean that another time is chosen.
    assert sorted(type(one).__name__ for one in told) == ["Booked"] + ["TimeTaken"] * 7
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1


async def test_a_hold_is_renewed_there(house: House, there: Booking) -> None:
    offer = (await there.find(SOUGHT))[0]
    kept = await there.hold(offer, GIULIA)
    assert kept is not None
    await house.db.execute("update scheduling.hold set expires_at = expires_at - interval '4 minutes'")
    longer = await there.renew(kept, GIULIA)
    assert longer is not None
    assert longer.until is not None
    assert kept.until is not None
    assert (longer.id, longer.until >= kept.until) == (kept.id, True)
