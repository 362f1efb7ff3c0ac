"""The waiting list and the letters while another system keeps the calendars, and while the record is away."""

from datetime import timedelta
from typing import Any

import httpx

from sportello.adapters.remote_booking.tests.other_system import There, booked, tab, their_dsn, there, to_times
from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.ports import Away, ClinicalRecord
from sportello.scheduling import offering, waiting
from sportello.scheduling.store.waiting import Waiting
from sportello.scheduling.tests.wizard_tab import Wizard

__all__ = ["tab", "their_dsn", "there"]  # fixtures


class Gone:
    """The hospital's record does not answer, and nothing was kept of it."""

    def __getattr__(self, _name: str) -> Any:
        async def away(*_: Any, **__: Any) -> Any:
            raise Away

        return away


async def test_an_offer_is_held_and_accepted_there_and_told_of_once_the_record_answers(
    house: House, tab: Wizard, there: There
) -> None:
    marcos = await Wizard(tab.client).begin(patient="marco")
    await booked(marcos, (await to_times(marcos))[0])
    his = await house.db.fetchrow("select id, slot from scheduling.appointment")
    today = house.clock.now().date()
    wish = Waiting(id=uuid7(), patient="giulia", service="ecg", from_day=today, reason="Controllo",
                   created_at=house.clock.now())  # fmt: skip
    one = await house.db.run(lambda tx: waiting.put_on_list(house, tx, SYSTEM, wish))
    await tab.client.post(f"/desk/scheduling/appointments/{his['id']}/cancellation", data={"why": "pat"})
    assert await house.db.fetchval("select count(*) from scheduling.opening") == 1, "a time came free there"
    made = await house.db.run(lambda tx: offering.offer(house, tx, SYSTEM, one.id, his["slot"]))
    assert made
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 1
    record = house.port(ClinicalRecord)
    house.ports[ClinicalRecord] = Gone()
    answered = await house.db.run(lambda tx: offering.accept(house, tx, SYSTEM, made.id))
    assert answered.outcome == "accepted"
    rows = await there.house.db.fetch("select patient, status from scheduling.appointment order by created_at")
    assert [tuple(row) for row in rows] == [("marco", "cancelled"), ("giulia", "booked")]
    written = "select count(*) from outreach.message where kind = 'booked'"
    assert await house.db.fetchval(written) == 0
    house.ports[ClinicalRecord] = record
    await house.db.execute("update kit.job set run_at = now() where name = 'scheduling.confirm_later'")
    await house.jobs.run_due()
    assert await house.db.fetchval(written) == 1


async def test_the_record_is_away_when_it_is_booked_there(house: House, tab: Wizard, there: There) -> None:
    times = await to_times(tab)
    await tab.say("time", slot=times[0])
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    record = house.port(ClinicalRecord)
    house.ports[ClinicalRecord] = Gone()
    answer = await tab.say("review", action="schedule")
    assert (answer.status_code, tab.step) == (200, "confirm"), answer.text
    assert "read when the record answers" in answer.text
    assert [status for status, _ in await there.visits()] == ["booked"]
    assert (await tab.say("confirm", mail="yes", action="done")).status_code == 200
    assert await house.db.fetchval("select count(*) from outreach.message where kind = 'booked'") == 0
    house.ports[ClinicalRecord] = record
    await house.db.execute("update kit.job set run_at = now() where name = 'scheduling.confirm_later'")
    await house.jobs.run_due()
    assert await house.db.fetchval("select count(*) from outreach.message where kind = 'booked'") == 1


async def test_another_system_holds_through_us(
    house: House, tab: Wizard, there: There, client: httpx.AsyncClient
) -> None:
    slot = (await to_times(tab))[0]
    token = await house.db.run(lambda tx: machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Region", timedelta(days=1)))
    starts = await house.db.fetchval("select starts from scheduling.slot where id = $1", int(slot))
    wanted = {
        "resourceType": "Appointment", "status": "proposed", "slot": [{"reference": f"Slot/{slot}"}],
        "serviceType": [{"coding": [{"code": "ecg"}]}], "start": starts.isoformat(),
        "participant": [{"actor": {"reference": "Patient/giulia"}, "status": "accepted"}],
    }  # fmt: skip
    answer = await client.post(
        "/fhir/R4/Appointment/$hold", headers={"authorization": f"Bearer {token}"},
        json={"resourceType": "Parameters", "parameter": [{"name": "appt-resource", "resource": wanted}]},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert await there.house.db.fetchval("select count(*) from scheduling.hold") == 1
