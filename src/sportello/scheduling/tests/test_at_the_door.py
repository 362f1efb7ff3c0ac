"""Calendars at the FHIR door: as they stand at the desk, and changed by the desk's rules."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir.ports import WebHook
from sportello.fhir.subscriptions.reading import CONTENT
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import Ask, found, slot_at, status_of, wanted

FIRST = "2026-11-24 09:00"


async def test_slots_are_found_by_what_they_are(house: House, system: Any) -> None:
    ask = await system("system/*.rs")
    slot = await slot_at(house, FIRST)
    day = "start=ge2026-11-24&start=lt2026-11-25"
    listed = found(await ask(f"Slot?schedule=Schedule/bassi-centro&{day}&status=free&_sort=start"))
    assert (len(listed), listed[0]["id"], listed[0]["start"]) == (6, str(slot), "2026-11-24T08:00:00Z")
    assert listed[0]["schedule"] == {"reference": "Schedule/bassi-centro"}
    assert len(found(await ask(f"Slot?{day}&specialty=dermatology"))) == 9
    assert len(found(await ask(f"Slot?{day}&service-type=ecg&schedule=bassi-short"))) == 9
    assert len(found(await ask(f"Slot?{day}&schedule.actor=Practitioner/galli"))) == 4
    along = found(await ask(f"Slot?_id={slot}&_include=Slot:schedule"))
    assert [one["resourceType"] for one in along] == ["Slot", "Schedule"]
    assert (await ask(f"Slot/{slot}")).headers["etag"] == 'W/"1"'
    schedules = found(await ask("Schedule?actor=Practitioner/bassi"))
    assert {one["id"] for one in schedules} == {"bassi-centro", "bassi-short"}
    services = found(await ask("HealthcareService?name=visita&active=true"))
    assert {one["id"] for one in services} == {"heart-check", "skin-check"}


async def test_finding_holding_booking_moving_cancelling(house: House, system: Any, clock: FixedClock) -> None:
    ask = await system()
    offers = found(await ask("Appointment/$find?visit-type=ecg&practitioner=bassi&start=2026-11-24&_count=3"))
    assert [one["status"] for one in offers] == ["proposed"] * 3
    slot = await slot_at(house, FIRST)
    [held] = found(await ask("Appointment/$hold", "POST", appt_resource=wanted(slot)))
    assert held["status"] == "pending"
    assert held["extension"] == [{"url": "urn:sportello:held-until", "valueInstant": "2026-11-23T08:05:00.000Z"}]
    assert await status_of(house, slot) == "busy-tentative"
    other = await ask("Appointment/$book", "POST", appt_resource=wanted(slot))
    assert other.status_code == 409, "it is held for somebody"
    [made] = found(await ask("Appointment/$book", "POST", appt_resource=wanted(slot), appt_id=held["id"]))
    assert (made["status"], made["start"], made["description"]) == ("booked", "2026-11-24T08:00:00Z", "Controllo")
    assert await status_of(house, slot) == "busy"
    assert [one["id"] for one in found(await ask("Appointment?patient=giulia&status=booked&date=2026-11-24"))] == [
        made["id"]
    ]
    assert made["id"] in str((await ask("Patient/giulia/$everything")).json())
    later = await slot_at(house, "2026-11-25 09:00")
    moved = (await ask(f"Appointment/{made['id']}/$reschedule", "POST", slot=f"Slot/{later}", reason="Lavoro")).json()
    assert (moved["id"], moved["start"]) == (made["id"], "2026-11-25T08:00:00Z")
    assert (await status_of(house, slot), await status_of(house, later)) == ("free", "busy")
    gone = (await ask(f"Appointment/{made['id']}/$cancel", "POST", reason="pat")).json()
    assert (gone["status"], gone["cancelationReason"]["coding"][0]["code"]) == ("cancelled", "pat")
    assert await status_of(house, later) == "free"
    assert (await ask(f"Appointment/{made['id']}/$cancel", "POST")).status_code == 409
    told = await house.db.fetch(
        "select distinct actor_name from administration.audit_event where action ~ '^appointment'"
    )
    assert [row["actor_name"] for row in told] == ["Region"]


async def test_of_twenty_who_book_one_time_one_has_it(house: House, system: Any) -> None:
    ask = await system()
    slot = await slot_at(house, FIRST)
    answers = await asyncio.gather(*(ask("Appointment/$book", "POST", appt_resource=wanted(slot)) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [201] + [409] * 19
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1


async def test_what_cannot_be_booked(house: House, system: Any) -> None:
    ask = await system()
    slot = await slot_at(house, FIRST)
    nobody = [{"actor": {"reference": "Patient/nobody"}, "status": "accepted"}]
    for body, status in (
        ({}, 400), (wanted(slot, participant=[]), 422), (wanted(slot, participant=nobody), 422),
        (wanted(slot, slot=[]), 422),
        (wanted(slot, slot=[{"reference": "Slot/x"}]), 422), (wanted(10**9), 409), (wanted(slot, description=""), 422),
        (wanted(slot, serviceType=[]), 409), (wanted(slot, serviceType=[{"coding": [{"code": "skin-check"}]}]), 409),
        (wanted(slot, extension=[{"url": "urn:sportello:channel", "valueCode": "letter"}]), 422),
    ):  # fmt: skip
        answer = await ask("Appointment/$book", "POST", appt_resource=body)
        assert answer.status_code == status, (body, answer.text)
    for path in ("$find", "$find?visit-type=ecg&start=soon", "$find?visit-type=ecg&_count=0"):
        assert (await ask(f"Appointment/{path}")).status_code == 400
    assert (await ask("Appointment/nobody/$cancel", "POST")).status_code == 404
    assert (await ask("Appointment/$book")).status_code == 405
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 0


async def test_calendars_are_not_written_as_resources(house: House, system: Any, client: httpx.AsyncClient) -> None:
    ask = await system()
    slot = await slot_at(house, FIRST)
    for method, path in (("DELETE", f"Slot/{slot}"), ("DELETE", "Schedule/bassi-centro")):
        answer = await ask(path, method)
        assert (answer.status_code, "$book" in answer.text) == (405, True)
    statement = (await client.get("/fhir/R4/metadata")).json()
    told = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert [one["code"] for one in told["Slot"]["interaction"]] == ["read", "search-type"]
    assert {"find", "hold", "book", "reschedule", "cancel"} <= {one["name"] for one in told["Appointment"]["operation"]}
    reader = await system("system/*.rs")
    assert (await reader("Appointment/$book", "POST", appt_resource=wanted(slot))).status_code == 403
    narrow = await system("system/Patient.rs")
    assert (await narrow("Appointment/$find?visit-type=ecg")).status_code == 403


async def test_who_subscribed_hears_of_bookings_and_cancellations(
    house: House, system: Callable[..., Awaitable[Ask]], client: httpx.AsyncClient
) -> None:
    heard: list[dict[str, Any]] = []

    class Ears:
        async def post(self, url: str, headers: dict[str, str], body: bytes) -> None:
            heard.append(json.loads(body))

    house.ports[WebHook] = Ears()
    ask = await system()
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Screen", timedelta(days=1))
    subscription = {
        "resourceType": "Subscription", "id": "screen", "status": "requested", "reason": "trial",
        "criteria": "urn:sportello:topic:Appointment",
        "channel": {"type": "rest-hook", "endpoint": "https://screen.example/hook",
                    "_payload": {"extension": [{"url": CONTENT, "valueCode": "full-resource"}]}},
    }  # fmt: skip
    headers = {"authorization": f"Bearer {token}"}
    answer = await client.put("/fhir/R4/Subscription/screen", json=subscription, headers=headers)
    assert answer.status_code == 201

    async def told(number: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(20):
            while len(heard) < number:
                await house.jobs.run_due()
                await asyncio.sleep(0.02)
        return heard

    await told(1)
    slot = await slot_at(house, FIRST)
    made = (await ask("Appointment/$book", "POST", appt_resource=wanted(slot))).json()
    booked = (await told(2))[1]["entry"][1]["resource"]
    assert (booked["resourceType"], booked["status"]) == ("Appointment", "booked")
    assert booked["id"] in json.dumps(made)
    await ask(f"Appointment/{booked['id']}/$cancel", "POST")
    assert (await told(3))[2]["entry"][1]["resource"]["status"] == "cancelled"
