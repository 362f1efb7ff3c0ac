"""The screen and the wizard with the other two ways of booking, and ids that are others there."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sportello.adapters.remote_booking.tests.conftest import Minding, Store
from sportello.adapters.remote_booking.tests.other_system import Door, Served, SignIn, booked, faking, offered
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.scheduling import elsewhere_watching
from sportello.scheduling.calendar import (
    Calendar,
    Location,
    Practitioner,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.tests.conftest import GIULIA, WEEKDAYS
from sportello.scheduling.tests.wizard_tab import Wizard


def small() -> Calendar:
    """What the fakes offer: one practitioner, one place."""
    return Calendar(
        specialties=(Specialty("cardiology", Words("Cardiologia", "Cardiology")),),
        practitioners=(Practitioner("irene", "Dott.ssa Irene Bianchi"),),
        locations=(Location("sede", "Sede Nord", "Ferrara"),),
        services=(Service("ecg", "cardiology", Words("Elettrocardiogramma", "Electrocardiogram"), 30),),
        roles=(Role("irene-sede", "irene", "cardiology", "sede"),),
        templates=(WeeklyTemplate("irene-sede", "irene-sede", 30, WEEKDAYS),),
    )


async def looks_at_changes(house: House, client: httpx.AsyncClient, form: dict[str, str]) -> None:
    """As often as the screen says, from the next look on."""
    job = "select name, run_at - now() as left from kit.job where name = 'scheduling.watch_elsewhere' and state = $1"
    refused = await client.post("/desk/other-calendars", data=form | {"minutes": "61"})
    assert (refused.status_code, 'value="61"' in refused.text) == (422, True)
    assert (await house.db.fetchrow(job, "waiting"))["left"] <= timedelta(minutes=1)
    await client.post("/desk/other-calendars", data=form | {"minutes": "7"})
    assert timedelta(minutes=6) < (await house.db.fetchrow(job, "waiting"))["left"] <= timedelta(minutes=7)
    await elsewhere_watching.watch(house, {})
    assert timedelta(minutes=6) < (await house.db.fetchrow(job, "waiting"))["left"] <= timedelta(minutes=7)


@pytest.mark.parametrize(("kind", "says"), [(Store, "It only stores"), (Minding, "It minds its slots itself")])
async def test_the_other_ways_and_ids_that_are_others_there(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, kind: type[Store], says: str
) -> None:
    store = kind()
    store.capability = json.loads(json.dumps(store.capability)) | {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
    }  # type: ignore[misc]  # of this one
    soon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    for number, name in enumerate(("s1", "s2")):
        at = soon + timedelta(minutes=30 * number)
        store.put(
            store.kept[f"Slot/{name}"] | {"start": at.isoformat(), "end": (at + timedelta(minutes=30)).isoformat()}
        )
    async with house.db.transaction() as tx:
        await load_calendar(tx, small())
        for resource in GIULIA:
            await fhir.put(tx, resource)
    door = Door(faking(store))
    async with Served(door) as address:
        await sign_in(client, "administrator", language="en")
        form = {
            "kept": "elsewhere", "address": address, "auth": "none", "strategy": "auto", "seconds": "5",
            "ceiling": "1000", "codes": "Practitioner/irene = bianchi\nLocation/sede = nord",
        }  # fmt: skip
        wrong = await client.post("/desk/other-calendars", data=form | {"codes": "irene is bianchi", "seconds": "7"})
        assert wrong.status_code == 422
        assert "irene is bianchi" in wrong.text
        assert 'value="7"' in wrong.text
        assert (
            await client.post("/desk/other-calendars", data=form | {"address": "http://x.example"})
        ).status_code == 422
        assert (await client.post("/desk/other-calendars", data=form, follow_redirects=False)).status_code == 303
        await house.jobs.run_due()
        await looks_at_changes(house, client, form)
        tested = await client.post("/desk/other-calendars/test")
        assert says in tested.text
        assert "Free times are told" in tested.text
        await sign_in(client, "agent", language="en")
        tab = await Wizard(client).begin()
        await tab.say("who", who="practitioner:irene")
        await tab.say("type", type="ecg|in_person")
        await tab.say("place", place="sede")
        times = offered(tab)
        assert len(times) == 2
        await booked(tab, times[0])
        assert tab.step == "confirm", tab.answer.text
        [there] = [one for one in store.kept.values() if one["resourceType"] == "Appointment"]
        actors = [one["actor"]["reference"] for one in there["participant"]]
        assert actors == ["Patient/giulia", "Practitioner/bianchi", "Location/nord"]
        late = await Wizard(client).begin(patient="marco")
        await late.say("who", who="practitioner:irene")
        await late.say("type", type="ecg|in_person")
        await late.say("place", place="sede")
        store.put(store.kept["Slot/s2"] | {"status": "busy"})
        await booked(late, times[1])
        assert late.step == "time", "somebody was quicker there"
        assert "somebody else has taken it" in late.answer.text
        ours = await house.db.fetchval("select id from scheduling.appointment")
        await client.post(f"/desk/scheduling/appointments/{ours}/cancellation", data={"why": "pat"})
        assert await house.db.fetchval("select status from scheduling.appointment") == "cancelled"
        assert store.kept["Slot/s1"]["status"] == "free"
