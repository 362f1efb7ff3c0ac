"""Puts a conversation where the plan wants it when it comes to people, and keeps its place up to date as it moves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.conversations.events import ConversationOpened, Moved
from sportello.conversations.handover import escalate
from sportello.conversations.moves import locked
from sportello.conversations.ports import Place
from sportello.conversations.states import IN_QUEUE, State
from sportello.conversations.store import Conversation, lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.routing import noting, overflowing, places, planning
from sportello.routing.assigning import look_soon
from sportello.routing.calling_back import CHANNEL, summary
from sportello.routing.engine.agents import may_be_asked, present_for
from sportello.routing.engine.classifying import Facts, Placement, classify, written
from sportello.routing.engine.matching import Waiting
from sportello.routing.plan.parts import Plan
from sportello.routing.plan.words import Mode
from sportello.routing.store import placements

_EARLIER = 10  # conversations of a patient in which the agent who served them is looked for


def facts_of(talk: Conversation, queue: str = "") -> Facts:
    """What rules can ask of a conversation."""
    return Facts(talk.channel, talk.language, talk.topic, talk.reason, talk.priority, bool(talk.patient_id), queue)


async def place(house: House, tx: Transaction, talk: Conversation, queue: str) -> Place:
    """Where a conversation goes that people are wanted for; `queue` is which one was asked for, or empty.

    How that came about is kept in its stream for staff.
    """
    plan = await planning.current(house, tx)
    found = classify(plan, facts_of(talk, queue))
    wanted, same_agent = await _same_agent(house, tx, plan, talk, found)
    since = house.clock.now()
    one = Waiting(talk.id, found.queue, talk.channel, written(found.needs), found.priority, since, wanted)
    await placements.put(tx, one)
    body: dict[str, Any] = {
        "workstream": found.workstream, "queue": found.queue, "rule": found.rule, "needs": one.needs,
        "priority": found.priority, "asked": queue,
    }  # fmt: skip
    await house.streams.append(
        tx, talk.stream, "routed", body | same_agent, sender="system", audience="staff", client_id=uuid7()
    )
    if why := noting.SAME_AGENT.get(same_agent.get("same_agent_why", "")):
        await noting.note(house, tx, talk, (why, {"name": same_agent["same_agent"]}))
    return Place(found.queue, found.priority)


async def _same_agent(
    house: House, tx: Transaction, plan: Plan, talk: Conversation, found: Placement
) -> tuple[UUID | None, dict[str, Any]]:
    """Who served this patient within the queue's time, to be asked first if there and with a place; else why not."""
    queue, stream = plan.queue(found.queue), plan.workstream(talk.channel)
    if not talk.patient_id or not queue.same_agent_seconds or stream.mode is Mode.PICK:
        return None, {}
    since = house.clock.now() - timedelta(seconds=queue.same_agent_seconds)
    for earlier in await lists.of_patient(tx, talk.patient_id, _EARLIER):
        if earlier.id == talk.id or earlier.agent is None or (earlier.closed_at or earlier.state_since) < since:
            continue
        there = (await places.agents(house, tx, earlier.agent)).get(earlier.agent)
        why = "asked"
        if there is None or not present_for(there, stream):
            why = "not-there"
        elif not may_be_asked(there, stream, talk.channel):
            why = "full"
        return earlier.agent if why == "asked" else None, {"same_agent": earlier.agent_name, "same_agent_why": why}
    return None, {}


async def follow_openings(house: House, tx: Transaction, event: ConversationOpened) -> None:
    """Where no bot comes first, people are wanted at once; a callback is for people from the beginning."""
    if event.channel == CHANNEL:
        context = (await locked(tx, event.conversation)).context
        await escalate(
            house, tx, event.conversation, reason=CHANNEL, summary=summary(context),
            queue=context.get("queue", ""), by=SYSTEM,
        )  # fmt: skip
    elif not (await planning.current(house, tx)).workstream(event.channel).bot_first:
        await escalate(house, tx, event.conversation, reason="direct", by=SYSTEM)


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """Who comes into a queue waits from now, who leaves it no longer. What is offered has left in one statement."""
    if event.target is State.QUEUED:
        talk = await locked(tx, event.conversation)
        plan = await planning.current(house, tx)
        assert talk.queue, "a queued conversation has a queue"
        assert talk.queued_at, "and waits since then"
        queue = plan.queue(talk.queue)
        await placements.stand(tx, Waiting(talk.id, queue.id, talk.channel, "", talk.priority, talk.queued_at))
        await _promise_relaxing(house, tx, talk, queue.relax_after)
        await overflowing.promise(house, tx, talk, queue)
    elif event.source in IN_QUEUE and event.target not in IN_QUEUE:
        await placements.gone(tx, event.conversation)
        await house.jobs.cancel(tx, relaxing_key(event.conversation))
        await house.jobs.cancel(tx, overflowing.key(event.conversation))


async def _promise_relaxing(house: House, tx: Transaction, talk: Conversation, seconds: int | None) -> None:
    """When its skills are waited for no longer, somebody else can be asked: a look is promised for then."""
    if seconds is None or talk.queued_at is None:
        return
    at = talk.queued_at + timedelta(seconds=seconds)
    if at > house.clock.now():
        await house.jobs.enqueue(
            tx, "routing.look", {"conversation": str(talk.id)}, run_at=at, dedupe_key=relaxing_key(talk.id)
        )


@job("routing.replan")
async def replan(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """After a plan was published: everybody who waits is looked at by its rules."""
    plan = await planning.current(house, tx)
    for one in await placements.all_waiting(tx):
        talk = await locked(tx, one.conversation)
        if talk.state is State.QUEUED:
            await _promise_relaxing(house, tx, talk, plan.queue(talk.queue).relax_after)
            await overflowing.promise(house, tx, talk, plan.queue(talk.queue))
    look_soon(house, tx)


def relaxing_key(conversation: UUID) -> str:
    """The name of the promised look of a conversation."""
    return f"routing.look:{conversation}"
