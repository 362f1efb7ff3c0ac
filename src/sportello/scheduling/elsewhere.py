"""Calendars that another system keeps: its free times are asked for between transactions and copied, so that search,
holds, letters and the portal work with them as with our own.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import structlog
from msgspec import Struct

from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.scheduling.booking_port import Booking, Calendars, NotReached, Offer, Sought, TimeTaken
from sportello.scheduling.store import choices, claims, schedules
from sportello.scheduling.store import elsewhere as store
from sportello.scheduling.store import elsewhere_visits as visits
from sportello.scheduling.store.elsewhere import Order, Where
from sportello.scheduling.store.elsewhere_visits import Watch
from sportello.scheduling.store.slots import Wanted

REMEMBERED = 3.0  # seconds
FRESH = timedelta(seconds=15)  # in which the same times are not asked for again
QUARTER = timedelta(minutes=15)
STRETCHES = (timedelta(days=90), timedelta(days=400))
MOST = 200
Span = tuple[datetime, datetime]
WATCHED_AFTER = timedelta(minutes=1)  # from when on changes made there are looked for
log = structlog.get_logger("scheduling")


class Told(Struct, frozen=True):
    """When the other system told its times last, and whether it can be reached now."""

    at: datetime | None
    away: bool


class _Remembered:
    def __init__(self) -> None:
        self.on = False
        self.until = -1.0


async def kept_elsewhere(house: House, tx: Transaction) -> bool:
    """Whether another system keeps the calendars, as it was at most REMEMBERED seconds ago."""
    known: _Remembered = house.ports.setdefault(_Remembered, _Remembered())
    now = house.clock.now().timestamp()
    if not 0 <= known.until - now <= REMEMBERED:
        known.on = await store.since(tx) is not None
        known.until = now + REMEMBERED
    return known.on


async def turn(house: House, tx: Transaction, *, on: bool) -> None:
    """Gives the calendars to the other system, or takes them back: free times follow, booked ones become conflicts."""
    await store.turn(tx, house.clock.now(), on=on)
    await visits.forget_watch(tx)
    if on:
        await house.jobs.enqueue(
            tx, "scheduling.watch_elsewhere", {}, run_at=house.clock.now() + WATCHED_AFTER,
            dedupe_key="scheduling.watch_elsewhere",
        )  # fmt: skip
    for schedule in await schedules.in_use(tx):
        await house.jobs.enqueue(tx, "scheduling.replan", {"schedule": schedule}, dedupe_key=f"replan:{schedule}")
    tx.after_commit(lambda: house.ports.pop(_Remembered, None))


def asking(house: House) -> AbstractAsyncContextManager[Booking]:
    """The other system, for the questions of one errand."""
    known: Calendars | None = house.ports.get(Calendars)
    if known is None:
        raise NotReached("no other system is wired")
    return known.asking(house)


async def fresh(house: House, tx: Transaction, wanted: Wanted, since: datetime) -> Told | None:
    """None where the calendars are kept here; else the copies of what is wanted are as of now, or said not to be.

    All who look from within one quarter of an hour ask one question: days begin at quarters in every zone.
    """
    if not await kept_elsewhere(house, tx):
        return None
    since -= (since - datetime.min.replace(tzinfo=UTC)) % QUARTER
    about = f"{_about(wanted)}|{since.astimezone(UTC).isoformat()}"
    known, mark = await store.answer(tx, about), ("times elsewhere", about)
    if _old(known, house.clock.now()) and tx.brought is not None and mark not in tx.brought:
        raise Errand(mark, lambda: copy(house, wanted, since, about))
    return Told(known.answered_at, bool(known.trouble)) if known else Told(None, away=True)


def _about(wanted: Wanted) -> str:
    return "|".join((wanted.service, wanted.specialty, wanted.practitioner, wanted.location))


def _old(known: store.Answer | None, now: datetime) -> bool:
    return known is None or now - known.asked_at >= FRESH or bool(known.trouble)


async def fresh_spans(house: House, tx: Transaction, wanted: Wanted, spans: Sequence[Span]) -> bool:
    """The same for several stretches of time at once; False where the calendars are kept here."""
    if not await kept_elsewhere(house, tx):
        return False
    named = {f"{_about(wanted)}|{since.isoformat()}|{until.isoformat()}": (since, until) for since, until in spans}
    now = house.clock.now()
    old = [name for name in named if _old(await store.answer(tx, name), now)]
    mark = ("times elsewhere", tuple(named))
    if old and tx.brought is not None and mark not in tx.brought:

        async def go() -> None:
            for name in old:
                await copy(house, wanted, named[name][0], name, named[name][1])

        raise Errand(mark, go)
    return True


async def ask_again(tx: Transaction, service: str) -> None:
    """What was told of this type is no longer so: somebody took one of its times."""
    await store.ask_again(tx, service)


async def copy(house: House, wanted: Wanted, since: datetime, about: str, upto: datetime | None = None) -> None:
    """Asks for the free times from a moment on and keeps copies; what was not told is kept as not told.

    Without `upto`, as far as it takes to find some.
    """
    where = await house.db.run(lambda tx: store.calendars(tx, wanted))
    offers: list[Offer] = []
    until, trouble = since, ""
    try:
        async with asking(house) as booking:
            for until in [upto] if upto else [since + stretch for stretch in STRETCHES]:
                offers = await booking.find(
                    Sought(wanted.service, since, until, wanted.practitioner, wanted.location, MOST)
                )
                if offers:
                    break
    except (NotReached, TimeTaken) as error:
        trouble = "away"
        log.warning("the other system told no times", why=str(error)[:200])
    if len(offers) >= MOST:  # there are more, and of the last moment perhaps not all are here
        until = offers[-1].starts
    placed, now = _placed(where, offers), house.clock.now()

    async def work(tx: Transaction) -> None:
        if not trouble:
            people = {one.practitioner for one in where}
            await claims.lock_people(tx, people)
            still = [offer.id for _, offer in placed]
            gone = await store.not_offered(tx, wanted.service, [one.id for one in where], since, until, still)
            await schedules.withdraw(tx, gone)
            await store.put_copies(tx, wanted.service, placed)
            await claims.settle(tx, people, [], since, max(until, *(offer.ends for _, offer in placed), since))
        await store.answered(tx, about, now, trouble)

    await house.db.run(work)


def _placed(where: Sequence[Where], offers: Sequence[Offer]) -> list[tuple[str, Offer]]:
    """Each offer with the calendar of its person and place; of several at one moment the shortest."""
    found: dict[tuple[str, datetime], tuple[str, Offer]] = {}
    for offer in sorted(offers, key=lambda one: (one.starts, one.ends)):
        for one in where:
            if offer.practitioner == one.practitioner and offer.location in ("", one.location):
                found.setdefault((one.id, offer.starts), (one.id, offer))
                break
    if len(found) < len(offers):
        log.info("times that no calendar here stands for, or the same moment twice", left=len(offers) - len(found))
    return list(found.values())


async def offered_types(tx: Transaction) -> list[str]:
    """The ids of the types of appointment that calendars here stand for."""
    return [one.id for one in await choices.services(tx, "", "")]


async def asked_lately(tx: Transaction, limit: int) -> list[Order]:
    """The newest orders, for whoever sees to the connection."""
    return await store.orders(tx, limit)


async def followed(tx: Transaction) -> Watch | None:
    """When changes made there were looked for last; None while calendars are kept here."""
    return await visits.watch(tx)
