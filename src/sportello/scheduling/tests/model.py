"""A model of slots, holds, visits, seats and closures, small enough to be believed, beside the room's own code."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import Struct

from sportello.administration.actor import SYSTEM
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import booking, cancelling, closing, holding, moving
from sportello.scheduling.booking import Booking, PatientBusy
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.holding import HoldEnded
from sportello.scheduling.moving import Move
from sportello.scheduling.rules import HOLD, LONGEST_HOLD
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted

BEGINS = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ECG = Wanted("ecg")


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
        here, sure, held, beside = 0, False, False, False
        for one, kept in [(v.slot, False) for v in self.visits.values()] + [
            (h.slot, True) for h in self.holds.values()
        ]:
            if one.id == slot.id and slot.seats > 1:
                here, held = here + 1, held or kept
            elif one.meets(slot):
                if not kept or one.seats > 1:  # a time with seats has its people for sure once one is taken
                    sure = True
                else:
                    beside = True
        if sure:
            return "busy"
        if beside or (slot.seats == 1 and held):
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
        said, expected = {row["id"]: row["status"] for row in rows}, {one.id: self.status(one) for one in self.times}
        assert said == expected, [
            (one, said.get(one.id), self.status(one)) for one in self.times if said.get(one.id) != self.status(one)
        ]
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
