"""What must come before a type of appointment, what is not booked by phone, and limits, in the wizard."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.scheduling import self_booking
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.attending import attend
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.referrals import limit
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import Ask, found, slot_at, status_of, wanted
from sportello.scheduling.tests.test_booking import booked, booking
from sportello.scheduling.tests.wizard_tab import Wizard
from sportello.scheduling.wishing import Reply, answered

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
async def tab(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> Wizard:
    """A wizard at the types; an ECG has to be booked two days before a heart check-up."""
    await house.db.execute(
        "insert into scheduling.prerequisite (service, needs, days) values ('heart-check', 'ecg', 2)"
    )
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", who="practitioner:bassi")
    return tab


async def ecg(house: House, elena: Actor, status: str = "booked") -> None:
    slot = await slot_at(house, "2026-11-24 09:00")
    one = await booked(house, elena, slot, wanted=Wanted("ecg"))
    await house.db.execute("update scheduling.appointment set status = $2 where id = $1", one.id, status)


async def test_what_must_come_first_is_named_and_its_distance_is_kept(house: House, tab: Wizard, elena: Actor) -> None:
    assert "still missing" in tab.answer.text
    assert (await tab.say("type", type="heart-check|in_person")).status_code == 422
    await ecg(house, elena)
    assert "possible from" in (await tab.look()).text
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="centro")
    early, late = await slot_at(house, "2026-11-25 09:30"), await slot_at(house, "2026-11-26 09:30")
    assert f'value="{early}"' not in tab.answer.text
    refused = await tab.say("time", slot=str(early))
    assert "This time is too early" in refused.text
    await tab.say("time", slot=str(late))
    await tab.say("time", action="next")
    await tab.say("reason", reason="Controllo")
    await tab.say("review", action="schedule")
    assert tab.step == "confirm"


async def test_done_is_more_than_booked_and_elsewhere_counts_for_staff(house: House, tab: Wizard, elena: Actor) -> None:
    await house.db.execute("update scheduling.prerequisite set done = true")
    await ecg(house, elena)
    assert (await tab.say("type", type="heart-check|in_person")).status_code == 422
    await tab.say("type", type="heart-check|in_person", elsewhere="yes")
    assert tab.step == "place"


async def test_the_bot_leaves_such_types_to_people(house: House, tab: Wizard) -> None:
    async with house.db.transaction() as tx:
        assert "heart-check" not in {one.service.id for one in await self_booking.kinds(tx)}


async def test_the_bot_refuses_one_that_was_chosen_before_it_needed_another(
    house: House, tab: Wizard, elena: Actor
) -> None:
    patient = Actor("patient", "giulia", "Giulia Ferri")
    slot = await slot_at(house, "2026-11-24 09:30")
    with pytest.raises(CannotMove):
        async with house.db.transaction() as tx:
            await self_booking.book_it(house, tx, patient, booking(slot, referral="080A01234567890"))


async def test_another_system_is_refused_with_a_code_of_its_own(
    house: House, tab: Wizard, elena: Actor, system: Callable[..., Awaitable[Ask]]
) -> None:
    ask = await system("*")
    early, late = await slot_at(house, "2026-11-25 09:30"), await slot_at(house, "2026-11-26 09:30")
    heart = [{"coding": [{"code": "heart-check"}]}]

    async def refused(path: str, **parameters: Any) -> str:
        answer = await ask(path, "POST", **parameters)
        assert answer.status_code == 409, answer.text
        return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])

    visit = {"appt_resource": wanted(late, serviceType=heart)}
    assert await refused("Appointment/$book", **visit) == "prerequisite-missing"
    assert await status_of(house, late) == "free"
    await ecg(house, elena)
    too_near = await refused("Appointment/$book", appt_resource=wanted(early, serviceType=heart))
    assert too_near == "prerequisite-too-near"
    (made,) = found(await ask("Appointment/$book", "POST", **visit))
    assert await refused(f"Appointment/{made['id']}/$reschedule", slot=f"Slot/{early}") == "prerequisite-too-near"
    assert (await status_of(house, early), await status_of(house, late)) == ("free", "busy")


async def test_elsewhere_is_believed_when_staff_book_and_move(house: House, tab: Wizard, elena: Actor) -> None:
    first, second = await slot_at(house, "2026-11-25 09:30"), await slot_at(house, "2026-11-26 09:30")
    one = await booked(house, elena, first, elsewhere=True)
    async with house.db.transaction() as tx:
        assert (await move(house, tx, elena, Move(one.id, second))).slot == second


async def test_not_by_phone_asks_how_it_was_explained(house: House, tab: Wizard) -> None:
    await house.db.execute("update scheduling.service set not_by_phone = true where id = 'ecg'")
    refused = await tab.say("type", type="ecg|in_person")
    assert (refused.status_code, "not booked by phone alone" in refused.text) == (422, True)
    await tab.say("type", type="ecg|in_person", explained="yes")
    assert tab.step == "place"


async def test_too_late_for_the_class_leads_to_the_protection_path(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await house.db.execute("""update scheduling.service set limits = '{"B": 1}' where id = 'heart-check'""")
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.to_review(await slot_at(house, "2026-11-26 09:30"))
    await tab.say("review", goto="reason")
    await tab.say("reason", reason="Controllo", referral="0123456789", priority="B", referred_on="2026-11-23")
    assert "Protection path" in tab.answer.text
    await tab.say("review", action="schedule", protect="yes")
    assert tab.step == "confirm"
    row = await house.db.fetchrow(
        "select w.protected, w.priority, w.state, a.status from scheduling.waiting w"
        " join scheduling.appointment a on a.id = w.appointment"
    )
    assert tuple(row) == (True, "B", "waiting", "booked")
    assert "Protection path" in (await client.get("/desk/scheduling/waiting")).text


@pytest.mark.parametrize(
    ("now", "days", "late"),
    [
        ("2026-12-01 08:00", 3, False),  # Tuesday to Saturday: Wednesday, Thursday, Friday
        ("2026-12-02 08:00", 3, True),
        ("2026-12-05 08:00", 2, True),  # Saturday to the Wednesday after the Immaculate Conception (a Tuesday)
        ("2026-12-04 08:00", 2, False),
    ],
)
def test_working_days_of_notice(now: str, days: int, late: bool) -> None:
    starts = "2026-12-05 09:00" if now < "2026-12-03" else "2026-12-09 09:00"
    visit = Appointment(
        id=uuid7(), status=AppointmentStatus.BOOKED, patient="x", zone="Europe/Rome", holidays="IT", notice_hours=0,
        notice_days=days, starts=datetime.fromisoformat(starts).replace(tzinfo=UTC),
    )  # fmt: skip
    assert visit.late(datetime.fromisoformat(now).replace(tzinfo=UTC)) is late


def test_a_type_has_limits_of_its_own() -> None:
    day = date(2026, 11, 1)
    assert limit("B", day, "visit", {"B": 7}) == date(2026, 11, 8)
    assert limit("U", day, "visit", {"B": 7}) == date(2026, 11, 4)


async def test_what_came_first_is_cancelled(house: House, tab: Wizard, elena: Actor) -> None:
    """The visit that needed it becomes a conflict, and none when another takes its place."""
    await ecg(house, elena)
    late = await slot_at(house, "2026-11-26 09:30")
    visit = await booked(house, elena, late)
    first = await house.db.fetchval("select id from scheduling.appointment where service = 'ecg'")
    async with house.db.transaction() as tx:
        await cancel(house, tx, elena, first, CancelReason.PATIENT)
    await house.db.execute("update administration.staff set role = 'administrator'")
    page = (await tab.client.get("/desk/scheduling/conflicts")).text
    assert "What must come before it was cancelled or moved" in page
    assert str(visit.id) in page
    again = await booked(house, elena, await slot_at(house, "2026-11-23 09:30"), wanted=Wanted("ecg"))
    third = await booked(house, elena, await slot_at(house, "2026-11-24 11:30"), wanted=Wanted("ecg"))
    async with house.db.transaction() as tx:
        await cancel(house, tx, elena, third.id, CancelReason.PATIENT)
    assert again.starts
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0


async def test_the_door_holds_only_what_is_in_its_order(
    house: House, tab: Wizard, system: Callable[..., Awaitable[Ask]]
) -> None:
    ask = await system()
    body = wanted(await slot_at(house, "2026-11-26 09:30"))
    body["serviceType"] = [{"coding": [{"code": "heart-check"}]}]
    refused = await ask("Appointment/$hold", "POST", appt_resource=body)
    assert refused.status_code == 409
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "prerequisite-missing"
    assert await house.db.fetchval("select count(*) from scheduling.hold") == 0


async def test_what_came_first_is_moved_too_near_and_back(house: House, tab: Wizard, elena: Actor) -> None:
    """A conflict with its reason, beside what the patient wishes; a yes of the patient's does not settle it."""
    await ecg(house, elena)
    visit = await booked(house, elena, await slot_at(house, "2026-11-26 09:30"))
    first = await house.db.fetchval("select id from scheduling.appointment where service = 'ecg'")
    await house.db.execute("update administration.staff set role = 'administrator'")

    async def goes(wall: str) -> str:
        to = await slot_at(house, wall, "bassi-short")
        async with house.db.transaction() as tx:
            await move(house, tx, elena, Move(first, to, anywhere=True))
        return (await tab.client.get("/desk/scheduling/conflicts")).text

    assert "No conflicts" in await goes("2026-11-24 11:00")
    page = await goes("2026-11-25 09:00")
    assert "What must come before it was cancelled or moved" in page
    assert str(visit.id) in page
    wishes = datetime(2026, 11, 27, 9, tzinfo=UTC)
    async with house.db.transaction() as tx:
        await answered(house, tx, elena, visit.id, "patient", Reply.OTHER_TIME, wishes, "Meglio venerdì")
    page = (await tab.client.get("/desk/scheduling/conflicts")).text
    assert "The patient asks for another time" in page
    assert "What must come before it was cancelled or moved" in page
    assert page.count(f"/conflicts/{visit.id}/keep") == 1
    async with house.db.transaction() as tx:
        await answered(house, tx, elena, visit.id, "patient", Reply.YES)
    assert "What must come before it" in await goes("2026-11-27 09:00"), "behind it altogether"
    assert "No conflicts" in await goes("2026-11-24 09:20")
    assert "What must come before it" in await goes("2026-11-25 09:20")
    friday = await slot_at(house, "2026-11-27 09:30")
    async with house.db.transaction() as tx:
        await move(house, tx, elena, Move(visit.id, friday))
    assert "No conflicts" in (await tab.client.get("/desk/scheduling/conflicts")).text


async def test_who_did_not_come_first_is_a_conflict(house: House, clock: FixedClock, tab: Wizard, elena: Actor) -> None:
    await house.db.execute("update scheduling.prerequisite set days = 1")
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:00"), wanted=Wanted("ecg"))
    visit = await booked(house, elena, await slot_at(house, "2026-11-26 09:30"))
    clock.advance(one.starts + timedelta(hours=1) - clock.now() if one.starts else timedelta())
    async with house.db.transaction() as tx:
        await attend(house, tx, elena, one.id, AppointmentStatus.NO_SHOW)
    rows = await house.db.fetch("select appointment, by from scheduling.wish")
    assert [tuple(row) for row in rows] == [(visit.id, "prerequisite")]


async def test_another_need_that_was_had_elsewhere_is_no_conflict(house: House, tab: Wizard, elena: Actor) -> None:
    """The skin check was done elsewhere, as staff said; moving the ECG does not bring it up again."""
    await house.db.execute(
        "insert into scheduling.prerequisite (service, needs, days) values ('heart-check', 'skin-check', 0)"
    )
    await ecg(house, elena)
    await booked(house, elena, await slot_at(house, "2026-11-26 09:30"), elsewhere=True)
    first = await house.db.fetchval("select id from scheduling.appointment where service = 'ecg'")
    to = await slot_at(house, "2026-11-24 11:00", "bassi-short")
    async with house.db.transaction() as tx:
        await move(house, tx, elena, Move(first, to, anywhere=True))
    assert await house.db.fetchval("select count(*) from scheduling.wish") == 0


async def test_on_the_same_day_it_comes_after(house: House, tab: Wizard, elena: Actor) -> None:
    """No days between them: not before it is over all the same."""
    await house.db.execute("update scheduling.prerequisite set days = 0")
    await booked(house, elena, await slot_at(house, "2026-11-24 10:00", "bassi-short"), wanted=Wanted("ecg"))
    before, after = await slot_at(house, "2026-11-24 09:30"), await slot_at(house, "2026-11-24 10:30")
    await tab.say("type", type="heart-check|in_person")
    await tab.say("place", place="centro")
    await tab.say("time", day="2026-11-24", action="search")
    assert f'value="{before}"' not in tab.answer.text
    assert f'value="{after}"' in tab.answer.text
    assert "This time is too early" in (await tab.say("time", slot=str(before))).text
    with pytest.raises(NotYet):
        await booked(house, elena, before)
    assert (await booked(house, elena, after)).starts
