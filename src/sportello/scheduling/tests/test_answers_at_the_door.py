"""Holds by id, answers to visits, places and roles: what other systems say and hear at the FHIR door."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import Ask, found, slot_at, status_of, wanted


async def test_holds_by_id_belong_to_who_took_them(house: House, system: Callable[..., Awaitable[Ask]]) -> None:
    ask, other = await system(), await system()
    [offer] = found(await ask("Appointment/$find?visit-type=ecg&location-string=comacchio&_count=1"))
    assert offer["participant"][1]["actor"]["reference"] == "Location/mare"
    assert not found(await ask("Appointment/$find?visit-type=ecg&location-string=Bologna"))
    slot = int(offer["slot"][0]["reference"].removeprefix("Slot/"))
    [held] = found(await ask("Appointment/$hold", "POST", appt_id=offer["id"], patient_id="Patient/giulia"))
    refused = await other("Appointment/$hold", "POST", appt_resource=wanted(slot))
    assert (refused.status_code, refused.json()["issue"][0]["details"]["coding"][0]["code"]) == (409, "slot-taken")
    for asked in ({"appt_id": held["id"]}, {"appt_id": held["id"], "slot_status": "free"}):
        operation = "$hold" if "slot_status" in asked else "$book"
        stolen = await other(f"Appointment/{operation}", "POST", **asked)
        assert (stolen.status_code, "another system" in stolen.text) == (403, True)
    [gone] = found(await ask("Appointment/$hold", "POST", appt_id=held["id"], slot_status="free"))
    assert (gone["status"], await status_of(house, slot)) == ("cancelled", "free")
    [again] = found(await ask("Appointment/$hold", "POST", appt_id=offer["id"], patient_id="giulia"))
    assert (await ask("Appointment/$book", "POST", appt_id=again["id"])).status_code == 422, "no reason yet"
    [made] = found(
        await ask("Appointment/$book", "POST", appt_id=again["id"], reason="Controllo", comment="In carrozzina")
    )
    assert (made["status"], made["slot"], made["comment"]) == ("booked", offer["slot"], "In carrozzina")
    # IHE ITI-117: the same operation moves and cancels what is booked.
    later = await slot_at(house, "2026-11-25 14:30", "galli-mare")
    moved = made | {"slot": [{"reference": f"Slot/{later}"}]}
    [told] = found(await ask("Appointment/$book", "POST", appt_resource=moved))
    assert (told["id"], told["start"]) == (made["id"], "2026-11-25T13:30:00Z")
    why = {"coding": [{"code": "pat-crs"}]}
    over = moved | {"status": "cancelled", "cancelationReason": why}
    [told] = found(await ask("Appointment/$book", "POST", appt_resource=over))
    assert (told["status"], told["cancelationReason"]["coding"][0]["code"]) == ("cancelled", "pat")
    assert await status_of(house, later) == "free"


async def test_yes_no_and_another_time(
    house: House, system: Callable[..., Awaitable[Ask]], client: httpx.AsyncClient, sign_in: Any
) -> None:
    ask = await system()
    made = []
    for wall in ("09:00", "09:30", "10:00"):
        slot = await slot_at(house, f"2026-11-24 {wall}")
        made += found(await ask("Appointment/$book", "POST", appt_resource=wanted(slot)))

    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Portal", timedelta(days=1))
    headers = {"authorization": f"Bearer {token}"}

    async def answer(one: dict[str, Any], status: str, actor: str = "Patient/giulia", **more: Any) -> httpx.Response:
        body = {"resourceType": "AppointmentResponse", "appointment": {"reference": f"Appointment/{one['id']}"},
                "actor": {"reference": actor}, "participantStatus": status, **more}  # fmt: skip
        return await client.post("/fhir/R4/AppointmentResponse", json=body, headers=headers)

    yes = await answer(made[0], "accepted")
    assert (yes.status_code, yes.json()["participantStatus"]) == (201, "accepted")
    assert found(await ask(f"AppointmentResponse?appointment=Appointment/{made[0]['id']}&part-status=accepted"))
    assert (await answer(made[1], "declined", comment="Sono in viaggio")).status_code == 201
    assert (await ask(f"Appointment/{made[1]['id']}")).json()["status"] == "cancelled"
    other = await answer(made[2], "tentative", start="2026-11-24T15:00:00+01:00", comment="Dopo la scuola")
    assert other.status_code == 201
    assert (await ask(f"Appointment/{made[2]['id']}")).json()["start"] == made[2]["start"], "nobody is moved"
    assert (await answer(made[0], "declined", "Practitioner/bassi")).status_code == 201
    assert (await ask(f"Appointment/{made[0]['id']}")).json()["status"] == "booked", "a person decides"
    for refused, status in (
        (await answer(made[1], "accepted"), 409), (await answer(made[0], "perhaps"), 422),
        (await answer(made[0], "accepted", "Patient/marco"), 422), (await answer({"id": "x"}, "accepted"), 422),
        (await answer(made[0], "tentative", start="soon"), 422),
    ):  # fmt: skip
        assert refused.status_code == status, refused.text
    assert len(found(await ask("AppointmentResponse"))) == 4
    await sign_in(client, "supervisor", language="en")
    page = (await client.get("/desk/scheduling/conflicts")).text
    assert "The patient asks for another time" in page
    assert "Dopo la scuola" in page
    assert "declines" in page
    history = (await client.get(f"/desk/scheduling/calendar/visit/{made[2]['id']}")).text
    assert "Another time asked for" in history
    for one in (made[0], made[2]):
        await client.post(f"/desk/scheduling/conflicts/{one['id']}/keep", data={})
    assert "Every visit ahead can take place as booked." in (await client.get("/desk/scheduling/conflicts")).text


async def test_places_and_roles_stand_over_what_was_imported(
    house: House, system: Any, client: httpx.AsyncClient
) -> None:
    ask = await system()
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Registry", timedelta(days=1))
    headers = {"authorization": f"Bearer {token}"}
    imported = {
        "resourceType": "Location", "id": "centro", "status": "suspended", "name": "Vecchio nome",
        "description": "Dietro il mercato", "identifier": [{"system": "urn:region", "value": "44-7"}],
    }  # fmt: skip
    for body in (imported, {"resourceType": "Location", "id": "archivio", "name": "Archivio", "status": "active"}):
        assert (await client.put(f"/fhir/R4/Location/{body['id']}", json=body, headers=headers)).status_code == 201
    centro = (await ask("Location/centro")).json()
    assert (centro["name"], centro["status"], centro["description"]) == (
        "Poliambulatorio Centro", "active", "Dietro il mercato",
    )  # fmt: skip
    assert centro["extension"][0]["valueCode"] == "Europe/Rome"
    assert {one["id"] for one in found(await ask("Location?status=active"))} == {"centro", "mare", "archivio"}
    assert not found(await ask("Location?status=suspended"))
    assert [one["id"] for one in found(await ask("Location?identifier=urn:region|44-7"))] == ["centro"]
    assert [one["id"] for one in found(await ask("Location?name=archivio"))] == ["archivio"]
    roles = found(await ask("PractitionerRole?practitioner=Practitioner/bassi&_include=PractitionerRole:location"))
    assert {(one["resourceType"], one["id"]) for one in roles} == {
        ("PractitionerRole", "bassi-centro"), ("Location", "centro"),
    }  # fmt: skip
    assert {"reference": "HealthcareService/ecg", "display": "Elettrocardiogramma"} in roles[0]["healthcareService"]
    assert {one["id"] for one in found(await ask("PractitionerRole?location=Location/mare"))} == {"galli-mare"}
    again = await client.put(
        "/fhir/R4/Location/centro",
        json=imported | {"description": "In piazza"},
        headers=headers | {"if-match": 'W/"1"'},
    )
    assert (again.status_code, again.json()["name"]) == (200, "Poliambulatorio Centro")
