"""Rooms, buffers, several seats, overbooking, closures: whose time a visit takes, and what is still free."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import holding
from sportello.scheduling.calendar import Hours, Resource, Role, SpecialDay, WeeklyTemplate
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.closing import Scope, UnknownClosure, close, lift
from sportello.scheduling.codes import CancelReason
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots, replan
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import closures, schedules
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import NOW, san_luca, slot_at, status_of
from sportello.scheduling.tests.test_booking import booked

ECHO = Wanted("ecg")
MORNING = tuple(Hours(day, time(8), time(12)) for day in range(5))


async def with_templates(house: House, *templates: WeeklyTemplate, **more: Any) -> None:
    """San Luca with other calendars instead of its own."""
    await house.db.execute("delete from scheduling.slot")
    await house.db.execute("update scheduling.schedule set active = false")
    async with house.db.transaction() as tx:
        await load_calendar(tx, msgspec.structs.replace(san_luca(), templates=templates, **more))
        await generate_slots(tx, date(2026, 11, 23), 2)


def template(name: str, role: str, **more: Any) -> WeeklyTemplate:
    return WeeklyTemplate(name, role, 30, MORNING, ("ecg",), **more)


async def walls(house: House, schedule: str, day: str, status: str = "free") -> list[str]:
    """The wall times of a calendar's slots of a day that have a status."""
    rows = await house.db.fetch(
        "select starts from scheduling.slot where schedule = $1 and status = $2 order by starts", schedule, status
    )
    local = [row["starts"].astimezone(house.settings.clinic.tz) for row in rows]
    return [f"{one:%H:%M}" for one in local if f"{one:%F}" == day]


async def test_buffers_are_kept_and_not_shown(house: House, elena: Actor) -> None:
    await with_templates(house, template("a", "bassi-centro", before=5, after=10), template("b", "bassi-centro"))
    assert (await walls(house, "a", "2026-11-24"))[:3] == ["08:05", "08:50", "09:35"]
    await booked(house, elena, await slot_at(house, "2026-11-24 08:50", "a"), wanted=ECHO)
    assert await walls(house, "b", "2026-11-24", "busy") == ["08:30", "09:00"]  # kept from 08:45 to 09:30


async def test_one_room_serves_one_at_a_time(house: House, elena: Actor) -> None:
    roles = (*san_luca().roles, Role("galli-centro", "galli", "cardiology", "centro"))
    room = Resource("echo", "Ecografo 1", "centro", "device")
    await with_templates(
        house, template("a", "bassi-centro", resources=("echo",)), template("b", "galli-centro", resources=("echo",)),
        roles=roles, resources=(room,),
    )  # fmt: skip
    first, second = await slot_at(house, "2026-11-24 09:00", "a"), await slot_at(house, "2026-11-24 09:00", "b")
    done = await asyncio.gather(
        booked(house, elena, first, wanted=ECHO), booked(house, elena, second, "marco", wanted=ECHO),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(one, SlotTaken) for one in done) == 1
    assert (await status_of(house, first), await status_of(house, second)) == ("busy", "busy")
    (won,) = [one for one in done if not isinstance(one, BaseException)]
    await house.db.run(lambda tx: cancel(house, tx, elena, won.id, CancelReason.PATIENT))
    assert (await status_of(house, first), await status_of(house, second)) == ("free", "free")


async def test_a_group_has_its_seats_and_no_more(house: House, elena: Actor) -> None:
    await with_templates(house, template("a", "bassi-centro", seats=3), template("b", "bassi-centro"))
    group, alone = await slot_at(house, "2026-11-24 09:00", "a"), await slot_at(house, "2026-11-24 09:00", "b")
    done = await asyncio.gather(
        *(booked(house, elena, group, f"patient-{n}", wanted=ECHO) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, SlotTaken) for one in done) == 2
    assert (await status_of(house, group), await status_of(house, alone)) == ("busy", "busy")
    sure = [one for one in done if not isinstance(one, BaseException)]
    await house.db.run(lambda tx: cancel(house, tx, elena, sure[0].id, CancelReason.PATIENT))
    assert (await status_of(house, group), await status_of(house, alone)) == ("free", "busy")
    for one in sure[1:]:
        await house.db.run(lambda tx, one=one: cancel(house, tx, elena, one.id, CancelReason.PATIENT))  # type: ignore[misc]
    assert await status_of(house, alone) == "free"
    assert await house.db.fetchval("select count(*) from scheduling.claim") == 0


async def test_the_last_seat_can_be_held_and_comes_back(house: House, elena: Actor, clock: FixedClock) -> None:
    await with_templates(house, template("a", "bassi-centro", seats=2))
    group = await slot_at(house, "2026-11-24 09:00", "a")
    await booked(house, elena, group, wanted=ECHO)
    await house.db.run(lambda tx: holding.hold(house, tx, "wizard:1", group, ECHO, "staff"))
    assert await status_of(house, group) == "busy-tentative"
    clock.advance(timedelta(minutes=6))
    await booked(house, elena, group, "marco", wanted=ECHO)  # the hold has expired: its seat is taken over
    assert await status_of(house, group) == "busy"


async def test_overbooking_takes_a_seat_beyond_and_frees_nothing(house: House, elena: Actor) -> None:
    await with_templates(house, template("a", "bassi-centro"))
    slot = await slot_at(house, "2026-11-24 09:00", "a")
    first = await booked(house, elena, slot, wanted=ECHO)
    with pytest.raises(SlotTaken):
        await booked(house, elena, slot, "marco", wanted=ECHO)
    second = await booked(house, elena, slot, "marco", wanted=ECHO, overbook="Urgenza")
    assert second.overbooked == "Urgenza"
    await house.db.run(lambda tx: cancel(house, tx, elena, first.id, CancelReason.PATIENT))
    assert await status_of(house, slot) == "busy"
    with pytest.raises(SlotTaken):
        await booked(house, elena, slot, "anna", wanted=ECHO)


async def test_a_closure_stops_bookings_and_lists_those_there_are(house: House, elena: Actor) -> None:
    slot, other = await slot_at(house, "2026-11-24 09:30"), await slot_at(house, "2026-11-24 10:00")
    one = await booked(house, elena, slot)
    await house.db.run(lambda tx: holding.hold(house, tx, "wizard:1", other, Wanted("heart-check"), "staff"))
    day = datetime(2026, 11, 24, tzinfo=house.settings.clinic.tz)
    closure = await house.db.run(
        lambda tx: close(house, tx, elena, day, day + timedelta(days=1), Scope(practitioner="bassi"), "Congresso")
    )
    assert await walls(house, "bassi-centro", "2026-11-24") == []
    assert await walls(house, "neri-centro", "2026-11-24") != []
    with pytest.raises(SlotTaken):
        await booked(house, elena, other, "marco", owner="wizard:1")
    async with house.db.transaction() as tx:
        found = await closures.conflicts(tx, NOW)
    assert [(conflict.appointment.id, conflict.reason) for conflict in found] == [(one.id, "Congresso")]
    await house.db.run(lambda tx: lift(house, tx, elena, closure.id))
    assert len(await walls(house, "bassi-centro", "2026-11-24")) == 4  # six, one of them booked and one held
    with pytest.raises(UnknownClosure):
        await house.db.run(lambda tx: lift(house, tx, elena, closure.id))


async def test_a_changed_template_keeps_what_is_booked(house: House, elena: Actor) -> None:
    await with_templates(house, template("a", "bassi-centro"))
    slot = await slot_at(house, "2026-11-24 11:30", "a")
    one = await booked(house, elena, slot, wanted=ECHO)
    shorter = msgspec.structs.replace(
        template("a", "bassi-centro"), hours=tuple(Hours(day, time(8), time(10)) for day in range(5))
    )
    role = next(role for role in san_luca().roles if role.id == "bassi-centro")

    async def change(hours: WeeklyTemplate) -> Any:
        async with house.db.transaction() as tx:
            await schedules.put(tx, [(hours, role)])
            return await replan(tx, "a", NOW)

    changed = await change(shorter)
    assert (changed.kept, changed.withdrawn > 0) == (1, True)
    assert await walls(house, "a", "2026-11-24") == ["08:00", "08:30", "09:00", "09:30"]
    async with house.db.transaction() as tx:
        assert [conflict.appointment.id for conflict in await closures.conflicts(tx, NOW)] == [one.id]
    await house.db.run(lambda tx: cancel(house, tx, elena, one.id, CancelReason.PATIENT))
    assert await walls(house, "a", "2026-11-24") == ["08:00", "08:30", "09:00", "09:30"]
    await change(template("a", "bassi-centro"))
    assert "11:30" in await walls(house, "a", "2026-11-24")
    again = await change(template("a", "bassi-centro"))
    assert (again.added, again.withdrawn, again.kept) == (0, 0, 0)


async def test_holidays_close_and_special_days_open(house: House) -> None:
    places = tuple(msgspec.structs.replace(one, holidays="IT") for one in san_luca().locations)
    calendar = template("a", "bassi-centro", weeks_ahead=8)
    await with_templates(house, calendar, locations=places)
    async with house.db.transaction() as tx:
        await schedules.put_special_day(tx, "a", SpecialDay(date(2026, 12, 24), (), "Vigilia"))
        await schedules.put_special_day(tx, "a", SpecialDay(date(2027, 1, 6), ((time(9), time(10)),), "Aperti"))
        await replan(tx, "a", NOW)
    assert await walls(house, "a", "2026-12-08") == []  # the Immaculate Conception, a Tuesday
    assert await walls(house, "a", "2026-12-24") == []
    assert await walls(house, "a", "2027-01-06") == ["09:00", "09:30"]
    assert len(await walls(house, "a", "2026-12-09")) == 8


async def test_two_weeks_may_take_turns(house: House) -> None:
    turns = (Hours(0, time(9), time(10)), Hours(0, time(14), time(15), 1))
    calendar = WeeklyTemplate("a", "bassi-centro", 30, turns, ("ecg",), valid_from=date(2026, 11, 23), cycle=2)
    await with_templates(house, calendar)
    assert await walls(house, "a", "2026-11-23") == ["09:00", "09:30"]
    assert await walls(house, "a", "2026-11-30") == ["14:00", "14:30"]


async def test_planning_again_while_others_book_loses_nobody(house: House, elena: Actor) -> None:
    await with_templates(house, template("a", "bassi-centro"))
    slots = [await slot_at(house, f"2026-11-24 {hour:02}:30", "a") for hour in range(8, 12)]

    async def plan() -> None:
        await house.db.run(lambda tx: replan(tx, "a", NOW))

    done = await asyncio.gather(
        *(booked(house, elena, slot, f"patient-{n}", wanted=ECHO) for n, slot in enumerate(slots)),
        *(plan() for _ in range(4)),
    )
    made: set[UUID] = {one.id for one in done if one is not None}
    assert len(made) == 4
    assert [await status_of(house, slot) for slot in slots] == ["busy"] * 4
