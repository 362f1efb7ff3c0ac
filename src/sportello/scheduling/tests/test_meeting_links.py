"""Virtual visits: pending until their link exists, failures tried again and then shown, never silently booked."""

from datetime import timedelta

import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import confirming, meeting_links
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.events import ConfirmationWanted, MeetingLinkFailed
from sportello.scheduling.moving import Move, move
from sportello.scheduling.ports import OWN, makers_of
from sportello.scheduling.rules import LINK_PAUSES
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked, stored


class Unreliable:
    """A maker that fails a number of times."""

    name = "Unreliable"

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked = 0
        self.ended: list[object] = []

    async def make(self, house: House, appointment: Appointment) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise ConnectionError
        return "https://meet.example.org/room"

    async def end(self, house: House, appointment: Appointment) -> None:
        self.ended.append(appointment.id)


@pytest.fixture
async def visit(house: House, elena: Actor) -> Appointment:
    return await booked(house, elena, await slot_at(house, "2026-11-24 09:30"), channel=Channel.VIRTUAL)


async def test_a_link_makes_it_booked(house: House, visit: Appointment, clock: FixedClock) -> None:
    assert visit.status == "pending"
    await house.jobs.run_due()
    done = await stored(house, visit)
    assert done.status == "booked"
    assert done.meeting_link
    assert "/visit/" in done.meeting_link


async def test_a_maker_that_fails_is_asked_again(house: House, visit: Appointment, clock: FixedClock) -> None:
    makers_of(house)[OWN] = Unreliable(2)
    await house.jobs.run_due()
    tried = await stored(house, visit)
    assert (tried.status, tried.link_tries, tried.link_failed_at) == ("pending", 1, None)
    for pause in LINK_PAUSES[:2]:
        clock.advance(timedelta(seconds=pause))
        await house.jobs.run_due()
    assert (await stored(house, visit)).status == "booked"


async def test_at_last_it_is_a_persons_turn(house: House, visit: Appointment, clock: FixedClock) -> None:
    told: list[MeetingLinkFailed] = []

    async def hear(house: House, tx: Transaction, event: MeetingLinkFailed) -> None:
        told.append(event)

    house.news.subscribe(MeetingLinkFailed, hear)
    makers_of(house)[OWN] = maker = Unreliable(len(LINK_PAUSES) + 1)
    for pause in (0, *LINK_PAUSES, 3600):
        clock.advance(timedelta(seconds=pause))
        await house.jobs.run_due()
    failed = await stored(house, visit)
    assert failed.status == "pending"
    assert failed.link_failed_at
    assert (maker.asked, len(told)) == (len(LINK_PAUSES) + 1, 1)
    async with house.db.transaction() as tx:
        await meeting_links.wanted(house, tx, visit.id)
    await house.jobs.run_due()
    assert (await stored(house, visit)).status == "booked"


async def test_a_confirmation_waits_for_the_link(house: House, elena: Actor, visit: Appointment) -> None:
    wanted: list[ConfirmationWanted] = []

    async def hear(house: House, tx: Transaction, event: ConfirmationWanted) -> None:
        wanted.append(event)

    house.news.subscribe(ConfirmationWanted, hear)
    async with house.db.transaction() as tx:
        await confirming.confirm(house, tx, elena, visit, "giulia.ferri@example.org", "it")
    assert not wanted
    await house.jobs.run_due()
    assert [(one.kind, one.email) for one in wanted] == [("booked", "giulia.ferri@example.org")]


async def test_a_move_keeps_the_address_and_waits_for_it_again(house: House, elena: Actor, visit: Appointment) -> None:
    await house.jobs.run_due()
    before = await stored(house, visit)
    other = await slot_at(house, "2026-11-25 10:00")
    moved = await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, other)))
    assert moved.status == "pending"
    await house.jobs.run_due()
    after = await stored(house, visit)
    assert (after.status, after.meeting_link) == ("booked", before.meeting_link)


async def test_a_cancelled_visit_gets_no_link(house: House, elena: Actor, visit: Appointment) -> None:
    await house.db.run(lambda tx: cancel(house, tx, elena, visit.id, CancelReason.PATIENT))
    await house.jobs.run_due()
    assert (await stored(house, visit)).meeting_link is None


async def test_what_was_made_is_taken_back(house: House, elena: Actor, visit: Appointment) -> None:
    makers_of(house)[OWN] = maker = Unreliable(0)
    await house.jobs.run_due()
    await house.db.run(lambda tx: cancel(house, tx, elena, visit.id, CancelReason.PATIENT))
    await house.jobs.run_due()
    assert maker.ended == [visit.id]


async def test_another_maker_takes_over_at_the_next_move(house: House, elena: Actor, visit: Appointment) -> None:
    makers_of(house)[OWN] = before = Unreliable(0)
    makers_of(house)["other"] = Unreliable(0)
    await house.jobs.run_due()
    await house.db.execute("insert into scheduling.meeting_choice values ('', 'other')")
    other = await slot_at(house, "2026-11-25 10:00")
    await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, other)))
    await house.jobs.run_due()
    assert (await stored(house, visit)).meeting_maker == "other"
    assert before.ended == [visit.id]


async def test_moved_while_the_maker_is_at_work(house: House, elena: Actor, visit: Appointment) -> None:
    other = await slot_at(house, "2026-11-25 10:00")

    class Slow(Unreliable):
        async def make(self, house: House, appointment: Appointment) -> str:
            if not self.asked:
                await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, other)))
            return await super().make(house, appointment)

    makers_of(house)[OWN] = maker = Slow(0)
    await house.jobs.run_due()
    after = await stored(house, visit)
    assert (after.status, after.slot, maker.asked) == ("booked", other, 2)
