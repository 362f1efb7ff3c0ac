"""The house's answers to calls about visits: what the patient has, what is free, and the booking itself.

Everything is done as the patient, by the rules of `scheduling.self_booking`; what a talk remembers is never trusted.
"""

import re
from datetime import UTC, date, datetime

from sportello.bots.asked import Answer, Asked, plainly
from sportello.bots.operations import DAY, LATER, OTHER
from sportello.bots.state import Offered, Outcome
from sportello.bots.visit_words import of_kind, of_slot, of_visit
from sportello.bots.words import Words
from sportello.knowledge.folding import fold
from sportello.scheduling import self_booking
from sportello.scheduling.booking import Booking
from sportello.scheduling.codes import Channel
from sportello.scheduling.rhythm import MOST, Rhythm
from sportello.scheduling.rhythm import errors as rhythm_errors
from sportello.scheduling.store.slots import Wanted

_TIMES = 4
_KINDS = 6
_STEM = 5  # letters at the beginning of a word that say what it is about: cardiolog-o, cardiolog-ia
_SHORTEST = 3  # an eye, an ECG, a knee's MRI


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
    return await _times(asked, self_booking.wanted_of(one), one.channel)


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
    stems = {word[:_STEM] for word in said if len(word) >= _SHORTEST}
    ranked = []
    for kind in await self_booking.kinds(asked.tx):
        names = {word[:_STEM] for name in kind.names for word in fold(name).split() if len(word) >= _SHORTEST}
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
    return await _times(asked, *asked.kind)


async def hold_to_book(asked: Asked) -> Outcome:
    wanted, _ = asked.kind
    await self_booking.keep(asked.house, asked.tx, asked.owner, asked.slot, wanted, asked.patient.id)
    return Outcome("held")


async def book(asked: Asked) -> Outcome:
    made = await self_booking.book_it(asked.house, asked.tx, asked.patient, _booking(asked))
    await self_booking.let_go(asked.house, asked.tx, asked.owner)  # a series that was looked at before
    return Outcome("done", {"booked": of_visit(asked.zone, made, asked.patient.language)})


def _booking(asked: Asked) -> Booking:
    wanted, channel = asked.kind
    said = asked.values
    return Booking(
        asked.patient.id, asked.slot, wanted, channel, reason=said.get("reason", "")[:200],
        conversation=asked.conversation, owner=asked.owner, referral=said.get("referral", ""),
    )  # fmt: skip


async def series(asked: Asked) -> Outcome:
    """The times of all visits of a series, kept and told before anything is booked."""
    wanted, channel = asked.kind
    said, virtual = asked.values, channel is Channel.VIRTUAL
    every, _, unit = said.get("rhythm", "").partition("/")
    count = next(iter(re.findall(r"\d+", said.get("count", ""))), "")
    one = Rhythm(
        patient=asked.patient.id, owner=asked.owner, first=asked.slot, wanted=wanted, virtual=virtual, count=count,
        every=every, unit=unit,
    )  # fmt: skip
    if "count" in rhythm_errors(one):
        return Outcome("wrong")
    kept = await self_booking.keep_series(asked.house, asked.tx, one)
    if not kept:
        return Outcome("none")
    told = "\n".join(f"– {of_slot(asked.zone, slot, asked.patient.language, virtual=virtual)}" for slot in kept)
    further = " ".join(str(slot.id) for slot in kept[1:])
    return Outcome("found", {"series_told": told, "further": further})


async def book_series(asked: Asked) -> Outcome:
    """All of them, or none."""
    further = [int(one) for one in asked.values.get("further", "").split()[:MOST] if one.isascii() and one.isdigit()]
    made = await self_booking.book_series(asked.house, asked.tx, asked.patient, _booking(asked), further)
    told = "\n".join(f"– {of_visit(asked.zone, one, asked.patient.language)}" for one in made)
    return Outcome("done", {"booked": told})


async def release(asked: Asked) -> Outcome:
    await self_booking.let_go(asked.house, asked.tx, asked.owner)
    return Outcome("done")


async def _times(asked: Asked, wanted: Wanted, channel: Channel | None) -> Outcome:
    after, day = datetime.min.replace(tzinfo=UTC), _day(asked.values.get("day", ""))
    if asked.values.get("time") == "later" and (last := _moment(asked.values.get("times_after", ""))):
        after = last
    found = await self_booking.times(asked.house, asked.tx, wanted, after, _TIMES, day, channel)
    if not found:
        return Outcome("none", {"times_after": ""})
    virtual = channel is Channel.VIRTUAL
    listed = tuple(
        Offered(
            f"slot-{one.id}",
            Words(
                it=of_slot(asked.zone, one, "it", virtual=virtual), en=of_slot(asked.zone, one, "en", virtual=virtual)
            ),
        )
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
        " first check per una con del dal dei non the for and with you can"
    ).split()
)  # fmt: skip


ANSWERS: dict[str, Answer] = {
    name: plainly(answer)
    for name, answer in {
        "visits.own": own_visits, "visits.times": times_to_move, "visits.hold": hold_to_move, "visits.move": move,
        "visits.cancel": cancel, "booking.kinds": kinds, "booking.referral": referral, "booking.number": number,
        "booking.times": times_to_book, "booking.hold": hold_to_book, "booking.book": book,
        "booking.series": series, "booking.book_series": book_series, "booking.release": release,
    }.items()
}  # fmt: skip
