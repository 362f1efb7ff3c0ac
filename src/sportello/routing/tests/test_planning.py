"""A plan is published whole or not at all, and nobody's version is overwritten unseen."""

import asyncio

import msgspec
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.routing.plan.faults import faults
from sportello.routing.plan.parts import FIRST_PLAN, Overflow, Plan, Queue
from sportello.routing.plan.words import Need, Remedy, Text, Trouble
from sportello.routing.planning import PlanMovedOn, PlanRefused, current, publish

CARDIO = Queue("cardio", Text("Cardiologia", "Cardiology"))


def with_queues(*queues: Queue) -> Plan:
    return msgspec.structs.replace(FIRST_PLAN, queues=(*FIRST_PLAN.queues, *queues))


def test_the_first_plan_has_no_fault() -> None:
    assert faults(FIRST_PLAN) == []


@pytest.mark.parametrize(
    ("queue", "path"),
    [
        (msgspec.structs.replace(CARDIO, id="Cardio!"), "queues.1.id"),
        (msgspec.structs.replace(CARDIO, id="general"), "queues.1.id"),
        (msgspec.structs.replace(CARDIO, name=Text()), "queues.1.name"),
        (msgspec.structs.replace(CARDIO, offer_seconds=1), "queues.1.offer_seconds"),
        (msgspec.structs.replace(CARDIO, hours="never"), "queues.1.hours"),
        (msgspec.structs.replace(CARDIO, needs=(Need("surgery"),)), "queues.1.needs.0.skill"),
        (
            msgspec.structs.replace(CARDIO, overflow=(Overflow(Trouble.CLOSED, Remedy.MESSAGE),)),
            "queues.1.overflow.0.text",
        ),
    ],
)
def test_a_fault_is_named_where_it_is(queue: Queue, path: str) -> None:
    assert [fault.path for fault in faults(with_queues(queue))] == [path]


def test_an_overflow_must_not_go_in_a_circle() -> None:
    there = msgspec.structs.replace(CARDIO, overflow=(Overflow(Trouble.TOO_MANY, Remedy.QUEUE, 5, "neuro"),))
    back = Queue("neuro", Text("Neuro", "Neuro"), overflow=(Overflow(Trouble.TOO_MANY, Remedy.QUEUE, 5, "cardio"),))
    assert {fault.path for fault in faults(with_queues(there, back))} == {
        "queues.1.overflow.0.queue",
        "queues.2.overflow.0.queue",
    }


async def test_what_is_published_is_in_force(house: House, marta: Actor) -> None:
    plan = with_queues(CARDIO)
    await house.db.run(lambda tx: publish(house, tx, marta, plan, based_on=0, note="cardiology"))
    assert await current(house, house.db) == plan


async def test_a_plan_with_faults_is_refused(house: House, marta: Actor) -> None:
    broken = with_queues(msgspec.structs.replace(CARDIO, hours="never"))
    with pytest.raises(PlanRefused):
        await house.db.run(lambda tx: publish(house, tx, marta, broken, based_on=0, note=""))
    assert await current(house, house.db) == FIRST_PLAN


async def test_of_two_who_publish_at_once_one_is_told(house: House, marta: Actor) -> None:
    plans = [with_queues(CARDIO), with_queues(msgspec.structs.replace(CARDIO, id="neuro"))]
    done = await asyncio.gather(
        *(
            house.db.run(lambda tx, plan=plan: publish(house, tx, marta, plan, based_on=0, note=""))  # type: ignore[misc]
            for plan in plans
        ),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, PlanMovedOn)]
    assert [one.number for one in refused] == [1]
    assert await current(house, house.db) in plans
