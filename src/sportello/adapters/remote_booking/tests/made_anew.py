"""A server that makes a visit anew when it is moved, with three days of hours, behind a real port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx

from sportello.adapters.remote_booking.tests.conftest import Minding, slot
from sportello.adapters.remote_booking.tests.other_system import TODAY, Door, Served, SignIn, chosen, faking
from sportello.adapters.remote_booking.tests.test_other_ways import small
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.tests.conftest import GIULIA
from sportello.scheduling.tests.wizard_tab import Wizard

MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())


def standing(there: Minding) -> dict[str, datetime]:
    """The visits that are booked there."""
    return {
        one["id"]: datetime.fromisoformat(one["start"])
        for one in there.kept.values()
        if one["resourceType"] == "Appointment" and one["status"] == "booked"
    }


@asynccontextmanager
async def made_anew(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> AsyncIterator[tuple[Minding, Wizard]]:
    """The server, and a wizard that has come to its times."""
    there = Minding()
    there.capability = {  # type: ignore[misc]  # of this one
        **there.capability, "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
    }  # fmt: skip
    for name in ("s1", "s2", "s3"):
        del there.kept[f"Slot/{name}"]
    begins = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 9, tzinfo=UTC)
    for hour in range(24 * 3):
        at = begins + timedelta(hours=hour)
        there.put(slot(f"s{hour}", at.isoformat(), (at + timedelta(minutes=30)).isoformat()))
    async with house.db.transaction() as tx:
        await load_calendar(tx, small())
        for resource in GIULIA:
            await fhir.put(tx, resource)
    async with Served(Door(faking(there))) as address:
        await chosen(house, address=address, auth="none", codes="Practitioner/irene = bianchi\nLocation/sede = nord")
        await sign_in(client, "agent", language="en")
        tab = await Wizard(client).begin()
        await tab.say("who", who="practitioner:irene")
        await tab.say("type", type="ecg|in_person")
        await tab.say("place", place="sede")
        yield there, tab
