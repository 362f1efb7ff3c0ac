"""A patient of the hospital's server is a patient in every room: found, linked, seen, booked, in the trail."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from sportello.adapters.remote_fhir.tests.conftest import Connect, Hospital
from sportello.administration.testing import staff_member
from sportello.conversations import linking
from sportello.conversations import store as talks
from sportello.conversations.opening import open_conversation
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, PEOPLE, RECORD
from sportello.scheduling.booking import Booking, book
from sportello.scheduling.codes import Channel
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import san_luca


async def test_from_the_search_to_the_booked_visit(
    house: House, hospital: Hospital, connect: Connect, client: httpx.AsyncClient, sign_in: Any
) -> None:
    await hospital.has(*PEOPLE, *RECORD)
    await connect()
    today = house.clock.now().date()
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, today, 3)
    elena, marta = await sign_in(client, "agent", language="en"), await staff_member(house, "supervisor")

    # Found by name, in the search and in the palette.
    assert GIULIA in (await client.post("/desk/patients", data={"q": "ferri giulia"})).text
    assert f"/desk/patient/{GIULIA}" in (await client.post("/desk/palette", data={"q": "ferri"})).text

    # A conversation that began unnamed is hers.
    talk = await house.db.run(
        lambda tx: open_conversation(house, tx, patient_id=None, visitor_name="Visitor 12", language="it")
    )
    linked = await house.db.run(lambda tx: linking.link_patient(house, tx, talk.id, GIULIA, marta))
    assert (linked.patient_id, linked.visitor_name) == (GIULIA, "Giulia Ferri")
    kept = await talks.get(house.db, UUID(str(talk.id)))
    assert kept
    assert kept.patient_id == GIULIA

    # The wizard knows her, her team and her doctor; a visit is booked and stands in her view and in the calendar.
    wizard = await client.get(f"/desk/scheduling/wizard?patient={GIULIA}")
    assert wizard.status_code == 200
    assert "Giulia Ferri" in wizard.text
    slot = await house.db.fetchrow(
        "select id, starts from scheduling.slot where schedule = 'bassi-centro' and starts > $1 order by 2 limit 1",
        house.clock.now() + timedelta(hours=1),
    )
    wish = Booking(patient=GIULIA, slot=slot["id"], wanted=Wanted("heart-check"), channel=Channel.IN_PERSON,
                   reason="Controllo")  # fmt: skip
    await house.db.run(lambda tx: book(house, tx, elena, wish))
    assert "Controllo" in (await client.get(f"/desk/scheduling/patient/{GIULIA}/appointments")).text
    week = slot["starts"].astimezone(house.settings.clinic.tz).date()
    assert "Giulia Ferri" in (await client.get(f"/desk/scheduling/calendar?day={week}")).text
    view = (await client.get(f"/desk/patient/{GIULIA}")).text
    assert "None planned" not in view
    trail = {
        row["action"]
        for row in await house.db.fetch("select action from administration.audit_event where patient = $1", GIULIA)
    }
    assert {"patient.read", "conversation.linked", "appointment.booked"} <= trail
