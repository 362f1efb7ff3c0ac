"""A model of slots, holds, visits, seats and closures, small enough to be believed, against the rooms' own code."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as judged
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import Struct

from sportello.administration.actor import SYSTEM
from sportello.app import furnish
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.scheduling import booking, cancelling, closing, holding, moving
from sportello.scheduling.booking import Booking, PatientBusy
from sportello.scheduling.calendar import (
    Calendar,
    Hours,
    Location,
    Practitioner,
    Resource,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.holding import HoldEnded
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.moving import Move
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.rules import HOLD, LONGEST_HOLD
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted

BEGINS = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
EXAMPLES = int(os.environ.get("SPORTELLO_EXAMPLES", "5"))
ECG = Wanted("ecg")
WEEK = (Hours(1, time(9), time(10, 20)),)
# Overlapping calendars of one person, a room that three share, minutes kept after, seats for two.
OFFER = Calendar(
    specialties=(Specialty("cardiology", Words("Cardiologia", "Cardiology")),),
    practitioners=tuple(Practitioner(one, one) for one in ("bassi", "galli", "neri", "riva")),
    locations=(Location("centro", "Centro", "Ferrara"),),
    resources=(Resource("stanza", "Stanza", "centro"), Resource("eco", "Ecografo", "centro", "device")),
    services=(Service("ecg", "cardiology", Words("ECG", "ECG"), 20),),
    roles=tuple(Role(one, one, "cardiology", "centro") for one in ("bassi", "galli", "neri", "riva")),
    templates=(
        WeeklyTemplate("long", "bassi", 30, WEEK),
        WeeklyTemplate("short", "bassi", 20, WEEK),
        WeeklyTemplate("room", "galli", 30, WEEK, after=10, resources=("stanza",)),
        WeeklyTemplate("both", "neri", 20, WEEK, resources=("stanza", "eco")),
        WeeklyTemplate("group", "riva", 40, WEEK, seats=2, resources=("eco",)),
    ),
)  # fmt: skip


class Time(Struct, frozen=True):
    """A slot as the model knows it; `kept` includes what is kept around it."""

    id: int
    actors: frozenset[str]
    practitioner: str
    starts: datetime
    ends: datetime
    kept: datetime
    seats: int

    def meets(self, other: "Time") -> bool:
        return bool(self.actors & other.actors) and self.starts < other.kept and other.starts < self.kept


class Held(Struct):
    slot: Time
    expires: datetime
    last: datetime


class Visit(Struct):
    slot: Time
    patient: str
    changes: int = 1


class Closed(Struct, frozen=True):
    starts: datetime
    ends: datetime
    practitioner: str | None

    def closes(self, slot: Time) -> bool:
        theirs = self.practitioner in (None, slot.practitioner)
        return theirs and self.starts < slot.ends and slot.starts < self.ends


class Model(RuleBasedStateMachine):
    """Every rule does the same to the model and to the room, and both have to say the same."""

    house: House
    clock: FixedClock
    run: Callable[[Awaitable[Any]], Any]
    times: list[Time]

    @initialize()
    def begin(self) -> None:
        self.run(self._wiped())
        self.clock.at = BEGINS
        self.holds: dict[str, Held] = {}
        self.visits: dict[UUID, Visit] = {}
        self.gone: dict[UUID, int] = {}
        self.closures: dict[UUID, Closed] = {}

    async def _wiped(self) -> None:
        await self.house.db.execute(
            "delete from scheduling.claim; delete from scheduling.hold; delete from scheduling.appointment_change;"
            " delete from scheduling.appointment; delete from scheduling.closure;"
            " update scheduling.slot set status = 'free'; delete from kit.job"
        )

    # What the model says

    def standing(self) -> dict[str, Held]:
        """Holds that have not expired, whether or not anybody noticed."""
        return {owner: one for owner, one in self.holds.items() if one.expires > self.clock.now()}

    def free(self, slot: Time, *, owner: str = "", but: UUID | None = None) -> bool:
        """Whether somebody new finds room."""
        if slot.starts <= self.clock.now() or any(one.closes(slot) for one in self.closures.values()):
            return False
        taken = [one.slot for name, one in self.standing().items() if name != owner]
        taken += [one.slot for name, one in self.visits.items() if name != but]
        here = sum(one.id == slot.id for one in taken)
        if slot.seats > 1 and here:
            return here < slot.seats
        return not any(one.meets(slot) for one in taken)

    def busy(self, patient: str, slot: Time, but: UUID | None = None) -> bool:
        return any(
            one.patient == patient and one.slot.starts < slot.ends and slot.starts < one.slot.ends
            for name, one in self.visits.items() if name != but
        )  # fmt: skip

    def status(self, slot: Time) -> str:
        """As the decision on claims has it: what others have of its people and rooms, then its own seats."""
        here, sure, held = 0, False, False
        for one, kept in [(v.slot, False) for v in self.visits.values()] + [
            (h.slot, True) for h in self.holds.values()
        ]:
            if one.id == slot.id and slot.seats > 1:
                here, held = here + 1, held or kept
            elif one.meets(slot):
                if not kept or one.seats > 1:  # a time with seats has its people for sure once one is taken
                    sure = True
                else:
                    held = True
        if sure:
            return "busy"
        if slot.seats == 1 and held:
            return "busy-tentative"
        if slot.seats > 1 and here >= slot.seats:
            return "busy-tentative" if held else "busy"
        return "busy-unavailable" if any(one.closes(slot) for one in self.closures.values()) else "free"

    # What is done

    def tried(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        """What the room answers, or the refusal."""

        async def done() -> Any:
            try:
                return await self.house.db.run(work)
            except (SlotTaken, PatientBusy, HoldEnded) as refusal:
                return refusal

        return self.run(done())

    @rule(slot=st.integers(0, 99), owner=st.sampled_from("ab"))
    def hold(self, slot: int, owner: str) -> None:
        wanted = self.times[slot % len(self.times)]
        kept, now = self.standing().get(owner), self.clock.now()
        told = self.tried(lambda tx: holding.hold(self.house, tx, owner, wanted.id, ECG, "staff"))
        if kept and kept.slot.id == wanted.id and wanted.starts > now:
            kept.expires = min(now + HOLD, kept.last)
        elif self.free(wanted, owner=owner):
            self.holds[owner] = Held(wanted, now + HOLD, now + LONGEST_HOLD)
        else:
            assert isinstance(told, SlotTaken)
            return
        assert told.expires_at == self.holds[owner].expires

    @rule(owner=st.sampled_from("ab"))
    def renew(self, owner: str) -> None:
        kept, now = self.standing().get(owner), self.clock.now()
        told = self.tried(lambda tx: holding.renew(self.house, tx, owner))
        if kept is None:
            assert isinstance(told, HoldEnded)
        else:
            kept.expires = min(now + HOLD, kept.last)
            assert told.expires_at == kept.expires

    @rule(owner=st.sampled_from("ab"))
    def release(self, owner: str) -> None:
        self.tried(lambda tx: holding.release(self.house, tx, owner))
        self.holds.pop(owner, None)

    @rule(slot=st.integers(0, 99), patient=st.sampled_from("xyz"), owner=st.sampled_from(["", "a", "b"]))
    def book(self, slot: int, patient: str, owner: str) -> None:
        wanted = self.times[slot % len(self.times)]
        told = self.tried(
            lambda tx: booking.book(
                self.house, tx, SYSTEM,
                Booking(patient, wanted.id, ECG, Channel.IN_PERSON, "Controllo", owner=owner or None),
            )
        )  # fmt: skip
        if not self.free(wanted, owner=owner):
            assert isinstance(told, SlotTaken)
        elif self.busy(patient, wanted):
            assert isinstance(told, PatientBusy)
        else:
            self.visits[told.id] = Visit(wanted, patient)
            self.holds.pop(owner, None)

    @rule(which=st.integers(0, 99), slot=st.integers(0, 99), owner=st.sampled_from(["", "a", "b"]))
    def move(self, which: int, slot: int, owner: str) -> None:
        if not self.visits:
            return
        name = sorted(self.visits)[which % len(self.visits)]
        wanted, one = self.times[slot % len(self.times)], self.visits[name]
        told = self.tried(
            lambda tx: moving.move(self.house, tx, SYSTEM, Move(name, wanted.id, owner=owner or None, anywhere=True))
        )
        if wanted.id == one.slot.id or not self.free(wanted, owner=owner, but=name):
            assert isinstance(told, SlotTaken)
        elif self.busy(one.patient, wanted, but=name):
            assert isinstance(told, PatientBusy)
        else:
            assert (told.id, told.starts) == (name, wanted.starts)
            one.slot, one.changes = wanted, one.changes + 1
            self.holds.pop(owner, None)

    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        if self.visits:
            name = sorted(self.visits)[which % len(self.visits)]
            self.tried(lambda tx: cancelling.cancel(self.house, tx, SYSTEM, name, CancelReason.PATIENT))
            self.gone[name] = self.visits.pop(name).changes + 1

    @rule(slot=st.integers(0, 99), whole=st.booleans())
    def close(self, slot: int, whole: bool) -> None:
        one = self.times[slot % len(self.times)]
        made = Closed(one.starts, one.ends, None if whole else one.practitioner)
        scope = closing.Scope(practitioner=made.practitioner)
        told = self.tried(lambda tx: closing.close(self.house, tx, SYSTEM, made.starts, made.ends, scope, "Guasto"))
        self.closures[told.id] = made

    @rule(which=st.integers(0, 99))
    def open(self, which: int) -> None:
        if self.closures:
            name = sorted(self.closures)[which % len(self.closures)]
            self.tried(lambda tx: closing.lift(self.house, tx, SYSTEM, name))
            del self.closures[name]

    @rule(minutes=st.sampled_from([1, 4, 6, 16]))
    def wait(self, minutes: int) -> None:
        """Time goes by, and nobody has noticed yet whose hold is over."""
        self.clock.advance(timedelta(minutes=minutes))

    @rule()
    def notice(self) -> None:
        self.run(self.house.jobs.run_due())
        self.holds = self.standing()

    # What is always true

    @invariant()
    def the_database_says_the_same(self) -> None:
        rows = self.run(self.house.db.fetch("select owner, slot from scheduling.hold"))
        there = {row["owner"]: row["slot"] for row in rows}
        # An expired hold goes as soon as somebody wants its time, or when it is noticed.
        assert {o: h.slot.id for o, h in self.standing().items()}.items() <= there.items()
        assert there.items() <= {o: h.slot.id for o, h in self.holds.items()}.items()
        self.holds = {owner: one for owner, one in self.holds.items() if owner in there}
        rows = self.run(self.house.db.fetch("select id, status from scheduling.slot"))
        assert {row["id"]: row["status"] for row in rows} == {one.id: self.status(one) for one in self.times}
        rows = self.run(
            self.house.db.fetch(
                "select a.id, a.slot, a.patient, a.status, a.starts = s.starts and a.ends = s.ends as fits,"
                " (select count(*) from scheduling.appointment_change c where c.appointment = a.id) as changes,"
                " (select count(*) from scheduling.claim c where c.appointment = a.id) as claims"
                " from scheduling.appointment a join scheduling.slot s on s.id = a.slot"
            )
        )
        assert {(r["id"], r["slot"], r["patient"], r["changes"]) for r in rows if r["status"] == "booked"} == {
            (name, one.slot.id, one.patient, one.changes) for name, one in self.visits.items()
        }
        assert {r["id"]: r["changes"] for r in rows if r["status"] == "cancelled"} == self.gone
        for row in rows:
            one = self.visits.get(row["id"])
            assert row["fits"]
            assert row["claims"] == (0 if one is None else 2 if one.slot.seats > 1 else 1 + len(one.slot.actors))


@pytest.fixture
def world(settings: Settings, rooms: tuple[str, ...]) -> Iterator[type[Model]]:
    """The machine with a house of its own in a loop of its own."""
    clock = FixedClock(BEGINS)
    with asyncio.Runner() as runner:
        house = furnish(settings, rooms, clock)
        runner.run(_opened(house))
        rows = runner.run(house.db.fetch("select * from scheduling.slot order by id"))
        times = [
            Time(
                row["id"], frozenset([row["practitioner"], *row["resources"]]), row["practitioner"], row["starts"],
                row["ends"], row["ends"] + timedelta(minutes=row["after"]), row["seats"],
            )
            for row in rows
        ]  # fmt: skip
        assert len(times) == 2 + 4 + 2 + 4 + 2
        yield type("Model", (Model,), {"house": house, "clock": clock, "run": staticmethod(runner.run), "times": times})
        runner.run(_closed(house))


async def _opened(house: House) -> None:
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, OFFER)
        await generate_slots(tx, TUESDAY, 1)


async def _closed(house: House) -> None:
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


def test_the_room_does_what_the_model_says(world: type[Model]) -> None:
    run_state_machine_as_test(
        world,
        settings=judged(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, database=None, derandomize=EXAMPLES < 50,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
