"""A time that came free is offered to who waits: kept for them, answered by a link, at the portal or through staff.

Nobody is booked by the system: only the patient's yes, or that of staff who heard it, books or moves.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token, uuid7
from sportello.kit.jobs import errand, job
from sportello.kit.security.tokens import hashed
from sportello.record import reading
from sportello.record.access import UnknownPatient
from sportello.scheduling import confirming, holding, prerequisites
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.booking import Booking, PatientBusy, book
from sportello.scheduling.codes import Channel
from sportello.scheduling.events import OfferMade, SlotsFreed, TimeReopened
from sportello.scheduling.gate import hint
from sportello.scheduling.moving import CannotMove, Move, move
from sportello.scheduling.ports import letter_at
from sportello.scheduling.prerequisites import NotYet, When
from sportello.scheduling.rules import SHORTEST_OFFER, offer_until
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store import openings, slots
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.store.slots import Slot, Wanted
from sportello.scheduling.store.waiting import Waiting

MOST_REOPENED = 50
MOST_ASKED = 20  # of those who wait, whether a letter reaches them


class Answered(Struct, frozen=True):
    """What an answer led to: accepted, declined, lapsed, withdrawn, or gone when the time could not be had any more."""

    outcome: str
    appointment: Appointment | None = None


async def freed(house: House, tx: Transaction, ids: Sequence[int], why: str) -> None:
    """Makes a task of each of these times that somebody waits for; by policy it is offered right after."""
    now = house.clock.now()
    policy = await store.policy(tx)
    for slot in await slots.whole(tx, ids):
        if slot.starts < now + max(timedelta(minutes=policy.lead_minutes), SHORTEST_OFFER):
            continue
        for near in await openings.near(tx, slot):
            if await store.candidates(tx, near, house.settings.clinic.zone, 1):
                await openings.open_one(tx, near, why, now)
                hint(house, tx)
                if policy.automatic:
                    await _to_next(house, tx, near)
                break


async def on_freed(house: House, tx: Transaction, event: SlotsFreed) -> None:
    """Somebody cancelled, moved, or did not come."""
    await freed(house, tx, event.slots, event.why)


async def on_reopened(house: House, tx: Transaction, event: TimeReopened) -> None:
    """The first free times of what was closed, as many as a person can look through."""
    since = max(event.starts, house.clock.now())
    ids = await openings.free_between(tx, event.practitioners, since, event.ends, MOST_REOPENED)
    await freed(house, tx, ids, "opened")


async def _to_next(house: House, tx: Transaction, slot: int) -> None:
    await house.jobs.enqueue(tx, "scheduling.offer_next", {"slot": slot}, dedupe_key=f"offer_next:{slot}")


@errand("scheduling.offer_next")
async def offer_next(house: House, payload: dict[str, Any]) -> None:
    """To the best candidate whom a letter reaches; nobody left: the task stays for staff.

    An errand, for addresses may be in another system's record: nobody's booking waits for its answer.
    """
    slot, zone = int(payload["slot"]), house.settings.clinic.zone

    async def waiting(tx: Transaction) -> list[Waiting]:
        wanted = (await store.policy(tx)).automatic and await openings.is_open(tx, slot)
        return await store.candidates(tx, slot, zone, MOST_ASKED) if wanted else []

    for one in await house.db.run(waiting):
        if not await house.db.run(lambda tx, one=one: _reached(house, tx, one)):  # type: ignore[misc]  # bound now
            continue
        if await house.db.run(lambda tx, one=one: offer(house, tx, SYSTEM, one.id, slot)):  # type: ignore[misc]
            return


async def offer(house: House, tx: Transaction, actor: Actor, waiting: UUID, slot_id: int) -> Offer | None:
    """Keeps the time and tells the patient; None when the time is gone, or somebody else was offered it meanwhile."""
    now = house.clock.now()
    one = await store.read(tx, waiting, lock=True)
    found = await slots.whole(tx, [slot_id])
    if one is None or not found or not await store.candidates(tx, slot_id, house.settings.clinic.zone, 1, one.id):
        return None
    try:  # a yes would be refused
        when = When(found[0].starts, found[0].wall, one.channel)
        await prerequisites.keep_order(house, tx, one.patient, one.service, when, standing=True)
    except NotYet:
        return None
    policy = await store.policy(tx)
    until = offer_until(
        now, await letter_at(house, tx, now), policy.offer_minutes, found[0].starts, called=actor.kind == "staff"
    )
    if until is None:
        return None
    made, token = Offer(uuid7(), one.id, slot_id, "open", until), new_token()
    try:  # the time first: who is told of no offer may be made one later
        await holding.hold(
            house,
            tx,
            owner(made.id),
            slot_id,
            Wanted(one.service),
            f"{actor.kind}:{actor.id}",
            until=until,
            patient=one.patient,
        )
    except SlotTaken:
        return None
    if not await openings.add_offer(tx, made, hashed(token), f"{actor.kind}:{actor.id}", now):
        await holding.release(house, tx, owner(made.id))
        return None
    await store.set_state(tx, one.id, "offered", now)
    await house.jobs.enqueue(
        tx, "scheduling.lapse_offer", {"offer": str(made.id)}, run_at=until, dedupe_key=f"offer:{made.id}"
    )
    await audit.record(
        house, tx, actor, "waiting.offered", patient=one.patient, entity=f"waiting/{one.id}",
        detail={"slot": slot_id, "until": until.isoformat()},
    )  # fmt: skip
    await _tell(house, tx, one, made, found[0], token)
    return made


async def _tell(house: House, tx: Transaction, one: Waiting, made: Offer, slot: Slot, token: str) -> None:
    """By letter where an address is known; the portal shows the offer in any case."""
    server = house.settings.server
    base = server.public_url or f"http://{server.host}:{server.port}"
    await house.news.announce(
        tx,
        OfferMade(
            made.id, one.appointment or one.id, slot.starts, slot.ends, slot.practitioner_name,
            f"{slot.location_name}, {slot.town}", f"{base.rstrip('/')}/offer/{token}", made.expires_at,
            "" if one.channel is Channel.VIRTUAL else slot.wall, slot.alone,
        ),
    )  # fmt: skip


async def _reached(house: House, tx: Transaction, one: Waiting) -> bool:
    """Whether a letter reaches whoever waits."""
    try:
        return bool((await reading.patient_header(house, tx, SYSTEM, one.patient)).email)
    except UnknownPatient:
        return False


async def accept(house: House, tx: Transaction, actor: Actor, offer_id: UUID) -> Answered:
    """Books or moves in this transaction; a second yes finds what the first one did."""
    now = house.clock.now()
    found = await openings.offer(tx, offer_id, lock=True)
    one = await store.read(tx, found.waiting, lock=True) if found else None
    if found is None or one is None:
        return Answered("gone")
    if found.state != "open":
        return Answered(found.state)
    if found.expires_at <= now:
        await _end(house, tx, found, one, "lapsed", SYSTEM)
        return Answered("lapsed")
    try:
        made = await _take(house, tx, actor, one, found)
    except (SlotTaken, PatientBusy, CannotMove, NotYet):
        await _end(house, tx, found, one, "withdrawn", SYSTEM)
        return Answered("gone")
    await openings.answer(tx, found.id, "accepted", f"{actor.kind}:{actor.id}", now)
    await openings.close_of(tx, found.slot, f"{actor.kind}:{actor.id}", now)
    await store.set_state(tx, one.id, "booked", now, made.id)
    await house.jobs.cancel(tx, f"offer:{found.id}")
    await audit.record(house, tx, actor, "waiting.accepted", patient=one.patient, entity=f"waiting/{one.id}")
    await confirming.confirm_to_patient(house, tx, actor, made)
    return Answered("accepted", made)


async def _take(house: House, tx: Transaction, actor: Actor, one: Waiting, found: Offer) -> Appointment:
    if one.appointment:
        change = Move(one.appointment, found.slot, owner=owner(found.id), anywhere=True)
        return await move(house, tx, actor, change)
    reason = one.reason or (one.service_name.in_language("it") if one.service_name else one.service)
    return await book(
        house, tx, actor,
        Booking(
            one.patient, found.slot, Wanted(one.service), one.channel, reason, one.details, one.conversation,
            owner(found.id), "", one.referral, one.priority, one.referred_on, id=one.id,
        ),
    )  # fmt: skip


async def decline(house: House, tx: Transaction, actor: Actor, offer_id: UUID) -> Answered:
    """No, thank you: the patient waits on, the next is offered the time or the task returns."""
    return await _over(house, tx, actor, offer_id, "declined")


async def take_back(house: House, tx: Transaction, actor: Actor, offer_id: UUID) -> Answered:
    """Staff take the offer back; the time is free again."""
    return await _over(house, tx, actor, offer_id, "withdrawn")


async def _over(house: House, tx: Transaction, actor: Actor, offer_id: UUID, state: str) -> Answered:
    found = await openings.offer(tx, offer_id, lock=True)
    one = await store.read(tx, found.waiting, lock=True) if found else None
    if found is None or one is None:
        return Answered("gone")
    if found.state == "open":
        await _end(house, tx, found, one, state, actor)
        return Answered(state)
    return Answered(found.state)


async def _end(house: House, tx: Transaction, found: Offer, one: Waiting, state: str, actor: Actor) -> None:
    """The offer is over without a booking; who waits goes on waiting."""
    now = house.clock.now()
    await openings.answer(tx, found.id, state, f"{actor.kind}:{actor.id}", now)
    await holding.release(house, tx, owner(found.id))
    await store.set_state(tx, one.id, "waiting", now)
    await house.jobs.cancel(tx, f"offer:{found.id}")
    await audit.record(
        house, tx, actor, "waiting.not_taken", patient=one.patient, entity=f"waiting/{one.id}", detail={"why": state}
    )
    hint(house, tx)
    if state != "withdrawn" and (await store.policy(tx)).automatic:
        await _to_next(house, tx, found.slot)


@job("scheduling.lapse_offer")
async def lapse(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Nobody answered in time."""
    found = await openings.offer(tx, UUID(payload["offer"]), lock=True)
    one = await store.read(tx, found.waiting, lock=True) if found else None
    if found and one and found.state == "open" and found.expires_at <= house.clock.now():
        await _end(house, tx, found, one, "lapsed", SYSTEM)


def owner(offer_id: UUID) -> str:
    """Under which name an offer's time is held."""
    return f"offer:{offer_id}"
