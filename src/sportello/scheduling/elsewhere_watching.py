"""Looks every minute, or as often as is set, for what somebody changed by hand in the system that keeps the calendars.

Where that system searches by time it is asked what changed; visits to come are read anew besides, some a minute (more
where it does not), for a search does not tell what was deleted. What we asked for ourselves stands there as it does
here, and changes nothing.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import structlog

from sportello.administration import audit
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.jobs import errand
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.attending import attend
from sportello.scheduling.booking_port import Booked, Calendars, NotReached, TimeTaken
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.elsewhere import asking
from sportello.scheduling.elsewhere_following import ELSEWHERE, OVER, follow, heard, leave, mark_of
from sportello.scheduling.events import CalendarChanged
from sportello.scheduling.rules import ATTENDING, CANCELLABLE, MOVABLE, MOVES, IllegalMove
from sportello.scheduling.store import appointments, wishes
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.store.elsewhere import Order
from sportello.scheduling.store.elsewhere_visits import Seen, Watch

INTERVAL = timedelta(minutes=1)  # where nobody says another
_OVERLAP = timedelta(minutes=2)  # what is committed there later than it was stamped
_BESIDES, _EACH, _MOST = 10, 100, 500  # visits read anew a minute where changes are told, where not; in a round
_BACK = timedelta(days=1)  # in which it is said who came
_FEW = 3  # of which none is there: that may be
_KEY = "scheduling.watch_elsewhere"
_STANDING, _OVER = frozenset({"proposed", "pending", "booked"}), frozenset({"cancelled", "entered-in-error"})
GONE = N_("It is not in the other system any more.")
REVIVED = N_("It was cancelled here, but is still in the other system.")
log = structlog.get_logger("scheduling")


class Change(Enum):
    """What became of a visit there, that is not so here."""

    NONE = "none"
    MOVED = "move"
    CANCELLED = "cancel"
    ATTENDED = "attend"
    REVIVED = "revive"
    GONE = "gone"


def change_of(one: Appointment, there: Booked | None) -> Change:
    """How the visit there differs from its copy."""
    over = one.status in (AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR)
    if there is None:
        return Change.NONE if one.status not in MOVABLE else Change.GONE
    if there.status in _OVER:
        return Change.CANCELLED if one.status in CANCELLABLE else Change.NONE
    if over:
        return Change.REVIVED if there.status in _STANDING else Change.NONE
    if there.status in ATTENDING:
        return Change.ATTENDED if AppointmentStatus(there.status) in MOVES[one.status] else Change.NONE
    same = (
        (there.starts, there.ends) == (one.starts, one.ends)
        and there.practitioner in ("", one.practitioner)
        and there.location in ("", one.location)
    )
    return Change.NONE if same or one.status not in MOVABLE or there.status not in _STANDING else Change.MOVED


async def begin(house: House) -> None:
    """Promises a look in a minute, where another system keeps the calendars: nobody looked while nobody was here."""

    async def work(tx: Transaction) -> None:
        if await visits.watch(tx):
            at = house.clock.now() + INTERVAL
            await house.jobs.enqueue(tx, "scheduling.watch_elsewhere", {}, run_at=at, dedupe_key=_KEY)

    await house.db.run(work)


async def promise(house: House, tx: Transaction) -> None:
    """The next look; one that waits already is put off, or brought nearer."""
    at = house.clock.now() + await _interval(house, tx)
    await house.jobs.enqueue(tx, "scheduling.watch_elsewhere", {}, run_at=at, dedupe_key=_KEY)


async def _interval(house: House, tx: Transaction) -> timedelta:
    known: Calendars | None = house.ports.get(Calendars)
    return await known.looked_every(house, tx) if known else INTERVAL


@errand("scheduling.watch_elsewhere")
async def watch(house: House, payload: dict[str, Any]) -> None:
    """One look; none any more once calendars are kept here."""

    async def promised(tx: Transaction) -> Watch | None:
        if found := await visits.watch(tx):
            await promise(house, tx)
        return found

    if known := await house.db.run(promised):
        await look(house, known)


async def look(house: House, known: Watch) -> None:
    """Follows what changed there since the last look."""
    since, now, trouble = known.since, house.clock.now(), True
    found: dict[str, Booked | None] = {}
    asked_at: datetime | None = None
    try:
        asked_at, found, since = await _told(house, known, now)
        trouble = False
    except (NotReached, TimeTaken) as error:
        log.warning("it is not known what changed in the other system", why=str(error)[:200])
    if asked_at:
        ours = await house.db.run(lambda tx: visits.known(tx, list(found)))
        for remote, appointment in ours.items():
            await _heed(house, appointment, found[remote], asked_at)
    await house.db.run(lambda tx: visits.watched(tx, since, now, trouble=trouble))


async def _told(house: House, known: Watch, now: datetime) -> tuple[datetime, dict[str, Booked | None], datetime]:
    """When it was asked, the visits there, and up to when changes are known now."""
    async with asking(house) as booking:
        asked_at = await house.db.run(visits.moment)
        told = await booking.changed(known.since - _OVERLAP)
        minutes = (await house.db.run(lambda tx: _interval(house, tx))) // INTERVAL
        most = min(_MOST, minutes * (_BESIDES if told else _EACH))
        ids = await house.db.run(lambda tx: visits.to_look_at(tx, now - _BACK, most))
        there = await booking.those(ids)
    if len(ids) > _FEW and not any(there.values()):
        raise NotReached("none of our visits is told: may we read them?")
    changed: dict[str, Booked | None] = {one.id: one for one in told.visits} if told else {}
    return asked_at, changed | there, max(known.since, told.until) if told and told.until else known.since


async def _heed(house: House, appointment: UUID, there: Booked | None, asked_at: datetime) -> None:
    """Brings one copy up to how it stands there, unless it was changed here after it was asked for."""

    async def work(tx: Transaction) -> Order | None:
        one = await appointments.read(tx, appointment, lock=True)
        before = await visits.seen(tx, appointment, asked_at)
        if one is None or before.newer:
            await visits.again(tx, appointment)
            return None
        return await _compared(house, tx, one, there, before)

    order = await house.db.run(work)
    if order:
        await follow(house, order)


async def _compared(
    house: House, tx: Transaction, one: Appointment, there: Booked | None, before: Seen
) -> Order | None:
    change, now = change_of(one, there), house.clock.now()
    if there and before.words not in ("", there.words) and one.status in MOVABLE and there.status in _STANDING:
        await _reworded(house, tx, one, there)
    if change is Change.NONE:
        await wishes.settle_of(tx, one.id, "elsewhere")
        await visits.see(tx, one.id, now, there.words if there else "")
    elif mark_of(there) == before.flagged:
        await visits.see(tx, one.id, now, there.words if there else "", flagged=before.flagged)
    elif change is Change.GONE or change is Change.REVIVED:
        await leave(house, tx, one, there, GONE if change is Change.GONE else REVIVED)
    elif there and change is Change.ATTENDED:
        try:
            await attend(house, tx, ELSEWHERE, one.id, AppointmentStatus(there.status))
            await visits.see(tx, one.id, now, there.words)
        except IllegalMove:  # before its time
            await leave(house, tx, one, there, OVER)
    elif there:
        await visits.again(tx, one.id)
        return await heard(house, tx, one, there, change.value)
    return None


async def _reworded(house: House, tx: Transaction, one: Appointment, there: Booked) -> None:
    """Reason and details as they are there now; a reason that was taken away stays."""
    await appointments.put_words(tx, one.id, there.reason[:200] or one.reason, there.details[:2000])
    await appointments.add_change(tx, one.id, "reworded", f"{ELSEWHERE.kind}:{ELSEWHERE.id}", house.clock.now())
    await audit.record(
        house, tx, ELSEWHERE, "appointment.reworded", patient=one.patient, entity=f"appointment/{one.id}"
    )
    if one.practitioner:
        await house.news.announce(tx, CalendarChanged([one.practitioner]))
