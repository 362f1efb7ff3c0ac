"""The waiting list: a wish for a visit, or for an earlier time of one; it ends booked, expired or withdrawn."""

from datetime import date
from uuid import UUID

from msgspec.structs import replace

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.days import day_of, today
from sportello.scheduling.events import WaitingEnded
from sportello.scheduling.rules import MOVABLE
from sportello.scheduling.store import appointments, choices, openings
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.waiting import Waiting

ALREADY = N_("The patient is on the waiting list for this already.")
NOT_THIS = N_("This visit cannot be made earlier any more.")
NO_TYPE = N_("Choose the type of appointment first.")


class CannotWait(Exception):
    """The wish cannot be kept; the message id says why."""


async def put_on_list(house: House, tx: Transaction, actor: Actor, wish: Waiting) -> Waiting:
    """Keeps the wish; a second one for the same thing, or for a visit that is over, raises CannotWait."""
    offered = {one.id: one for one in await choices.services(tx, "", "")}
    if wish.service not in offered:
        raise CannotWait(NO_TYPE)
    if wish.appointment:
        visit = await appointments.read(tx, wish.appointment, lock=True)
        if visit is None or visit.patient != wish.patient or visit.status not in MOVABLE:
            raise CannotWait(NOT_THIS)
        if await store.of_appointment(tx, wish.appointment):
            raise CannotWait(ALREADY)
    elif await store.alike(tx, wish.patient, wish.service):
        raise CannotWait(ALREADY)
    await store.add(tx, wish, f"{actor.kind}:{actor.id}")
    await audit.record(
        house, tx, actor, "waiting.added", patient=wish.patient, entity=f"waiting/{wish.id}",
        detail={"service": wish.service, "priority": wish.priority, "protected": wish.protected},
    )  # fmt: skip
    return wish


async def earlier(house: House, tx: Transaction, actor: Actor, visit: UUID, new: UUID, until: date | None) -> Waiting:
    """The wish that a booked visit be earlier: same type, whoever and wherever it is."""
    one = await appointments.read(tx, visit)
    if one is None or one.starts is None or one.service is None or one.channel is None:
        raise CannotWait(NOT_THIS)
    here = await today(house, tx, one.location or "", one.channel)
    last = day_of(house, one.starts, one.wall, one.channel)
    wish = Waiting(
        id=new, patient=one.patient, appointment=one.id, service=one.service, practitioner=one.practitioner or "",
        location=one.location or "", channel=one.channel, from_day=here, until_day=max(here, until or last),
        priority=one.priority, referral=one.referral, referred_on=one.referred_on, reason=one.reason[:200],
        created_at=house.clock.now(),
    )  # fmt: skip
    return await put_on_list(house, tx, actor, wish)


async def withdraw(house: House, tx: Transaction, actor: Actor, waiting: UUID) -> Waiting | None:
    """Ends a wish that is no longer wanted; an open offer has to be taken back before. None: it was over already."""
    one = await store.read(tx, waiting, lock=True)
    if one is None or one.state != "waiting" or await openings.offer_of(tx, one.id):
        return None
    await store.set_state(tx, one.id, "withdrawn", house.clock.now())
    await audit.record(house, tx, actor, "waiting.withdrawn", patient=one.patient, entity=f"waiting/{one.id}")
    await house.news.announce(tx, WaitingEnded(one.id, one.patient, "withdrawn"))
    return replace(one, state="withdrawn")


async def to_offer(house: House, tx: Transaction) -> int:
    """How many times came free that somebody waits for."""
    return await openings.count(tx, house.clock.now())


async def expire(house: House, tx: Transaction) -> None:
    """Ends wishes whose period is over; every day anew."""
    await store.expire(tx, house.settings.clinic.zone, house.clock.now())
