"""Queues in trouble: closed, too long, too many, nobody there. Looked at for each conversation when it comes, and when
time has passed, by one durable job; what was done is an event with its reason, and told to the patient.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations.moves import NoSuchConversation, locked, requeue
from sportello.conversations.posting import say
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.routing import noting, places, planning
from sportello.routing.assigning import look_soon
from sportello.routing.engine.agents import can, present_for, serves
from sportello.routing.engine.classifying import joined, read
from sportello.routing.engine.hours import is_open, next_change
from sportello.routing.engine.overflowing import MOST_HOPS, Decision, Standing, decide, looks_at
from sportello.routing.opening import hours_of, opening_of
from sportello.routing.plan.parts import Plan, Queue
from sportello.routing.plan.words import Remedy, Trouble
from sportello.routing.store import placements
from sportello.routing.store.placements import Placed

CLOSED = N_(
    "We are closed now and answer you here when we open: %(opens)s. You can leave this page and come back."
    " In an emergency call %(emergency)s."
)
CLOSED_LONG = N_("We are closed now. In an emergency call %(emergency)s.")
_AGAIN = timedelta(seconds=60)  # for troubles that come and go by themselves
_TOLD_CLOSED = "closed"


async def promise(house: House, tx: Transaction, talk: Conversation, queue: Queue) -> None:
    """A queue that can be in trouble is looked at as soon as this transaction is over."""
    if queue.overflow or queue.hours:
        await _promise(house, tx, talk.id, house.clock.now())


@job("routing.overflow")
async def look_over(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Does what the queue's overflow says for one who waits in it, and promises the next look."""
    try:
        talk = await locked(tx, UUID(payload["conversation"]))
    except NoSuchConversation:
        return
    look_soon(house, tx)  # it may be that the queue has just opened
    if talk.state is not State.QUEUED:
        if talk.state is State.OFFERED:
            await _promise(house, tx, talk.id, house.clock.now() + _AGAIN)
        return
    plan, now = await planning.current(house, tx), house.clock.now()
    for _ in range(MOST_HOPS):
        found = await placements.placed(tx, talk.id)
        if found is None:
            return
        queue = plan.queue(found.queue)
        standing = await _standing(house, tx, plan, queue, found, now)
        decision = decide(queue, standing, found.overflowed)
        if decision is None:
            await _say_closed(house, tx, plan, talk, queue, standing, found)
            break
        await placements.overflow(tx, talk.id, decision.mark)
        talk = await _apply(house, tx, plan, talk, queue, decision)
    await _next_look(house, tx, plan, talk, now)


async def _standing(house: House, tx: Transaction, plan: Plan, queue: Queue, one: Placed, now: datetime) -> Standing:
    """The queue as it stands for one who waits: those before them, whoever is at a desk and could be asked."""
    line = await placements.of_queue(tx, queue.id)
    ahead = next((n for n, other in enumerate(line) if other.conversation == one.conversation), len(line))
    stream, needs = plan.workstream(one.channel), joined(queue.needs, read(one.needs))
    askable = (
        any(
            serves(plan, agent.member, queue.id) and can(agent.member, needs) and present_for(agent, stream)
            for agent in (await places.agents(house, tx)).values()
        )
        if any(each.when is Trouble.NOBODY for each in queue.overflow)
        else True
    )
    first = min((each.since for each in line[:ahead]), default=one.since)
    zone = house.settings.clinic.tz
    return Standing(now, is_open(hours_of(plan, queue), now, zone), ahead, min(first, one.since), askable)


async def _apply(
    house: House, tx: Transaction, plan: Plan, talk: Conversation, queue: Queue, decision: Decision
) -> Conversation:
    one = decision.overflow
    body: dict[str, Any] = {"queue": queue.id, "when": one.when.value, "then": one.then.value, "to": one.queue}
    await house.streams.append(tx, talk.stream, "overflow", body, audience="staff", client_id=uuid7())
    spoken = house.settings.clinic.languages[0]
    await noting.note(
        house, tx, talk, (noting.TROUBLES[one.when], {"queue": queue.name.said(spoken)}),
        (noting.REMEDIES[one.then], {"queue": plan.queue(one.queue).name.said(spoken)}),
    )  # fmt: skip
    if not one.text.empty:
        await say(house, tx, talk.id, _filled(house, plan, one.text.said(talk.language), talk, queue), sender="system")
    if one.then is Remedy.CALLBACK:
        offered = {"conversation": str(talk.id), "queue": queue.id}
        await house.streams.append(tx, talk.stream, "callback-offered", offered, client_id=uuid7())
    if one.then is Remedy.QUEUE:
        return await requeue(house, tx, talk, plan.queue(one.queue).id, by=SYSTEM, reason=f"overflow-{one.when}")
    return talk


async def _say_closed(
    house: House, tx: Transaction, plan: Plan, talk: Conversation, queue: Queue, standing: Standing, found: Placed
) -> None:
    """Nobody who comes while it is closed is left without a word, whatever the plan says or forgets to say."""
    told = any(mark.startswith(f"{queue.id}.") for mark in found.overflowed)
    if standing.open or told or f"{queue.id}.{_TOLD_CLOSED}" in found.overflowed:
        return
    opens = opening_of(house, plan, queue.id, standing.now)
    text = translate(
        talk.language, CLOSED if opens else CLOSED_LONG, opens=_time(house, talk, opens),
        emergency=house.settings.clinic.emergency_number,
    )  # fmt: skip
    await say(house, tx, talk.id, text, sender="system")
    await placements.overflow(tx, talk.id, f"{queue.id}.{_TOLD_CLOSED}")


def _filled(house: House, plan: Plan, text: str, talk: Conversation, queue: Queue) -> str:
    """A text with {opens} (when the queue opens) and {emergency} (the number) filled in."""
    opens = _time(house, talk, opening_of(house, plan, queue.id, house.clock.now()))
    return text.replace("{opens}", opens).replace("{emergency}", house.settings.clinic.emergency_number)


def _time(house: House, talk: Conversation, at: datetime | None) -> str:
    return format_datetime(at, talk.language, house.settings.clinic.tz) if at else "–"


async def _next_look(house: House, tx: Transaction, plan: Plan, talk: Conversation, now: datetime) -> None:
    queue = plan.queue(talk.queue)
    waits_since = talk.queued_at or now
    times = [at for at in looks_at(queue, waits_since) if at > now]
    if (change := next_change(hours_of(plan, queue), now, house.settings.clinic.tz)) is not None:
        times.append(change)
    if any(one.when in (Trouble.NOBODY, Trouble.TOO_MANY) for one in queue.overflow):
        times.append(now + _AGAIN)
    if times:
        await _promise(house, tx, talk.id, min(times))


async def _promise(house: House, tx: Transaction, conversation: UUID, at: datetime) -> None:
    await house.jobs.enqueue(
        tx, "routing.overflow", {"conversation": str(conversation)}, run_at=at, dedupe_key=key(conversation)
    )


def key(conversation: UUID) -> str:
    """The name of the promised look of a conversation."""
    return f"routing.overflow:{conversation}"
