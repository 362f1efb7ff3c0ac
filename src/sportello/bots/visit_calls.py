"""The house's answers to calls about visits: what the patient has, what is free, and the booking itself.

Everything is done as the patient, by the rules of `scheduling.self_booking`; what a talk remembers is never trusted.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.bots.operations import DAY, LATER, OTHER
from sportello.bots.state import Offered, Outcome
from sportello.bots.visit_words import of_kind, of_slot, of_visit
from sportello.bots.words import Words
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.knowledge.folding import fold
from sportello.scheduling import self_booking
from sportello.scheduling.booking import Booking, PatientBusy
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.codes import Channel
from sportello.scheduling.moving import CannotMove
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.self_booking import TooLate
from sportello.scheduling.store.slots import Wanted

_TIMES = 4
_KINDS = 6
_STEM = 5  # letters at the beginning of a word that say what it is about: cardiolog-o, cardiolog-ia


class Asked(Struct, frozen=True):
    """A call with everything that it needs; `values` are what the talk remembers."""

    house: House
    tx: Transaction
    conversation: UUID
    patient: Actor
    values: Mapping[str, str]

    @property
    def zone(self) -> ZoneInfo:
        return self.house.settings.clinic.tz

    @property
    def owner(self) -> str:
        """By which the time that is kept for this talk is known."""
        return f"conversation:{self.conversation}"

    @property
    def visit(self) -> UUID:
        """The chosen visit; CannotMove when none is."""
        known = as_uuid(self.values.get("appointment", ""))
        if known is None:
            raise CannotMove("none chosen")
        return known

    @property
    def slot(self) -> int:
        """The chosen time; SlotTaken when none is."""
        number = self.values.get("time", "").removeprefix("slot-")
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise SlotTaken(None)
        return int(number)

    @property
    def kind(self) -> tuple[Wanted, Channel]:
        """The chosen type of appointment and its channel; CannotMove when none is."""
        service, _, channel = self.values.get("kind", "").rpartition("/")
        if not service or channel not in {one.value for one in Channel}:
            raise CannotMove("none chosen")
        return Wanted(service), Channel(channel)


async def own_visits(asked: Asked) -> Outcome:
    """What the patient has ahead, to choose from and as words."""
    found = await self_booking.visits(asked.house, asked.tx, asked.patient)
    told = "\n".join(f"– {of_visit(asked.zone, one, asked.patient.language)}" for one in found)
    listed = tuple(
        Offered(str(one.id), Words(it=of_visit(asked.zone, one, "it"), en=of_visit(asked.zone, one, "en")))
        for one in found[:6]
    )
    cleared = {"visits_told": told, "times_after": "", "day": ""}
    return Outcome("found" if found else "none", cleared, {"visits": (*listed, OTHER) if found else ()})


async def times_to_move(asked: Asked) -> Outcome:
    one = await self_booking.own(asked.house, asked.tx, asked.patient, asked.visit)
    return await _times(asked, self_booking.wanted_of(one))


async def hold_to_move(asked: Asked) -> Outcome:
    one = await self_booking.own(asked.house, asked.tx, asked.patient, asked.visit)
    await self_booking.keep(asked.house, asked.tx, asked.owner, asked.slot, self_booking.wanted_of(one), one.patient)
    return Outcome("held")


async def move(asked: Asked) -> Outcome:
    moved = await self_booking.move_it(
        asked.house, asked.tx, asked.patient, asked.visit, asked.slot, asked.owner
    )  # fmt: skip
    return Outcome("done", {"booked": of_visit(asked.zone, moved, asked.patient.language)})


async def cancel(asked: Asked) -> Outcome:
    await self_booking.cancel_it(asked.house, asked.tx, asked.patient, asked.visit)
    return Outcome("done")


async def kinds(asked: Asked) -> Outcome:
    """Types of appointment whose words, or whose specialty's, are among the patient's."""
    said = {word for name in ("words", "wanted") for word in fold(asked.values.get(name, "")).split()}
    stems = {word[:_STEM] for word in said if len(word) >= _STEM - 1}
    ranked = []
    for kind in await self_booking.kinds(asked.tx):
        names = {word[:_STEM] for name in kind.names for word in fold(name).split() if len(word) >= _STEM - 1}
        if shared := len(names & stems - _EMPTY):
            ranked.append((-shared, kind.service.id, kind.channel.value, kind))
    if not ranked:
        return Outcome("none")
    best = min(rank for rank, *_ in ranked)
    listed = tuple(
        Offered(f"{kind.service.id}/{kind.channel}", of_kind(kind)) for rank, *_, kind in sorted(ranked)[:_KINDS]
        if rank == best
    )  # fmt: skip
    return Outcome("found", {"times_after": "", "day": ""}, {"kinds": (*listed, OTHER)})


async def referral(asked: Asked) -> Outcome:
    wanted, _ = asked.kind
    needed = any(
        one.service.id == wanted.service and one.service.referral_required for one in await self_booking.kinds(asked.tx)
    )
    return Outcome("needed" if needed else "free")


async def number(asked: Asked) -> Outcome:
    typed = asked.values.get("number", "")
    wrong = self_booking.referral_fault(asked.house, typed)
    return Outcome("wrong") if wrong else Outcome("right", {"referral": typed})


async def times_to_book(asked: Asked) -> Outcome:
    wanted, _ = asked.kind
    return await _times(asked, wanted)


async def hold_to_book(asked: Asked) -> Outcome:
    wanted, _ = asked.kind
    await self_booking.keep(asked.house, asked.tx, asked.owner, asked.slot, wanted, asked.patient.id)
    return Outcome("held")


async def book(asked: Asked) -> Outcome:
    wanted, channel = asked.kind
    said = asked.values
    booking = Booking(
        asked.patient.id, asked.slot, wanted, channel, reason=said.get("reason", "")[:200],
        conversation=asked.conversation, owner=asked.owner, referral=said.get("referral", ""),
    )  # fmt: skip
    made = await self_booking.book_it(asked.house, asked.tx, asked.patient, booking)
    return Outcome("done", {"booked": of_visit(asked.zone, made, asked.patient.language)})


async def release(asked: Asked) -> Outcome:
    await self_booking.let_go(asked.house, asked.tx, asked.owner)
    return Outcome("done")


async def _times(asked: Asked, wanted: Wanted) -> Outcome:
    after = datetime.min.replace(tzinfo=UTC)
    if day := _day(asked.values.get("day", "")):
        after = datetime.combine(day, time(), tzinfo=asked.zone).astimezone(UTC)
    if asked.values.get("time") == "later" and (last := _moment(asked.values.get("times_after", ""))):
        after = last
    found = await self_booking.times(asked.house, asked.tx, wanted, after, _TIMES)
    if not found:
        return Outcome("none", {"times_after": ""})
    listed = tuple(
        Offered(f"slot-{one.id}", Words(it=of_slot(asked.zone, one, "it"), en=of_slot(asked.zone, one, "en")))
        for one in found
    )
    return Outcome("found", {"times_after": found[-1].starts.isoformat()}, {"times": (*listed, LATER, DAY)})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


# Words of every request and of every type: they say nothing about which one is meant.
_EMPTY = frozenset(
    word[:_STEM] for word in fold(
        "visita visite visit prenotare prenotazione appuntamento appointment controllo esame esami exam test prima"
        " first check"
    ).split()
)  # fmt: skip


def _plainly(answer: Callable[[Asked], Awaitable[Outcome]]) -> Callable[[Asked], Awaitable[Outcome]]:
    """What can go wrong as ways of a scenario; the transaction goes on as if nothing had been tried."""

    async def answered(asked: Asked) -> Outcome:
        try:
            async with asked.tx.connection.transaction():
                return await answer(asked)
        except SlotTaken:
            return Outcome("taken")
        except PatientBusy:
            return Outcome("busy")
        except TooLate:
            return Outcome("late")
        except (CannotMove, NotYet, NotReached):
            return Outcome("gone")

    return answered


ANSWERS: dict[str, Callable[[Asked], Awaitable[Outcome]]] = {
    name: _plainly(answer)
    for name, answer in {
        "visits.own": own_visits, "visits.times": times_to_move, "visits.hold": hold_to_move, "visits.move": move,
        "visits.cancel": cancel, "booking.kinds": kinds, "booking.referral": referral, "booking.number": number,
        "booking.times": times_to_book, "booking.hold": hold_to_book, "booking.book": book, "booking.release": release,
    }.items()
}  # fmt: skip
