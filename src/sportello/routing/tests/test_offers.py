"""Offers on the real database: who is asked, who gets it, what happens when nobody answers."""

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.conversations.ending import close, end
from sportello.conversations.moves import NotPossible
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.accepting import accept, take
from sportello.routing.plan.parts import FIRST_PLAN, Member, Queue
from sportello.routing.plan.words import Text
from sportello.routing.rejecting import reject
from sportello.routing.rules import Presence
from sportello.routing.tests.cast import current, present, published, ringing, rings_at, told, until
from sportello.routing.tests.conftest import Waiting


async def test_who_waits_rings_at_who_is_available_and_becomes_theirs(
    house: House, waiting: Waiting, elena: Actor
) -> None:
    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    assert offer.seconds == 30
    assert (await current(house, talk.id)).state is State.OFFERED
    mine = await house.db.run(lambda tx: accept(house, tx, offer.id, elena))
    assert (mine.state, str(mine.agent), mine.agent_name) == (State.ACTIVE, elena.id, "Elena Conti")
    assert (await told(house, elena))[:4] == ["presence", "offer", "offer-ended", "work"]
    trail = await house.db.fetch("select action, patient from administration.audit_event order by seq")
    assert [tuple(r) for r in trail] == [("conversation.accepted", "giulia")]


async def test_nobody_available_stays_queued_until_somebody_is(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena, presence=Presence.BUSY)
    talk = await waiting()
    await asyncio.sleep(0.3)
    assert (await current(house, talk.id)).state is State.QUEUED
    await present(house, elena)
    await rings_at(house, talk.id, elena)


async def test_rejecting_asks_the_next_and_then_nobody(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await present(house, elena, davide)
    talk = await waiting()
    first = await rings_at(house, talk.id, elena)
    await house.db.run(lambda tx: reject(house, tx, first.id, elena))
    second = await rings_at(house, talk.id, davide)
    await house.db.run(lambda tx: reject(house, tx, second.id, davide))
    await asyncio.sleep(0.3)
    assert (await current(house, talk.id)).state is State.QUEUED
    # Becoming Available again is being ready again.
    await present(house, elena)
    await rings_at(house, talk.id, elena)


async def test_a_place_that_becomes_free_is_offered(house: House, waiting: Waiting, elena: Actor) -> None:
    await published(house, usual_units=1)
    await present(house, elena)
    first = await waiting("Giulia Ferri")
    offer = await rings_at(house, first.id, elena)
    await house.db.run(lambda tx: accept(house, tx, offer.id, elena))
    second = await waiting("Anna Bruni")
    await asyncio.sleep(0.3)
    assert (await current(house, second.id)).state is State.QUEUED
    await house.db.run(lambda tx: end(house, tx, first.id, elena))
    await asyncio.sleep(0.3)
    assert (await current(house, second.id)).state is State.QUEUED, "the after-work takes a place"
    await house.db.run(lambda tx: close(house, tx, first.id, elena, note="Visita spostata."))
    await rings_at(house, second.id, elena)


async def test_an_offer_that_runs_out_goes_on_and_the_third_one_sets_away(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await published(house, queues=(replace(FIRST_PLAN.queues[0], offer_seconds=5),))
    await present(house, elena, davide)
    await house.db.execute("update routing.presence set misses = 2 where staff = $1", UUID(elena.id))
    talk = await waiting()
    first = await rings_at(house, talk.id, elena)
    await house.db.execute("update routing.offer set expires_at = offered_at + interval '0.1 s'")
    await house.db.execute("update kit.job set run_at = now() where name = 'routing.lapse'")
    await rings_at(house, talk.id, davide)
    presence = await house.db.fetchrow("select presence, cause from routing.presence where staff = $1", UUID(elena.id))
    assert tuple(presence) == ("away", "missed")
    with pytest.raises(NotPossible) as refused:
        await house.db.run(lambda tx: accept(house, tx, first.id, elena))
    assert refused.value.message == "The time to answer ran out: the request was passed on."


async def test_accepting_twice_is_accepting_once(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    both = await asyncio.gather(*(house.db.run(lambda tx: accept(house, tx, offer.id, elena)) for _ in range(5)))
    assert {one.state for one in both} == {State.ACTIVE}
    moves = [e for e in await house.streams.since(talk.stream, 0) if e.kind == "moved"]
    assert [m.body["to"] for m in moves] == ["queued", "offered", "active"]


async def test_an_offer_is_answered_by_its_agent_alone(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    for attempt in (offer.id, uuid7()):
        with pytest.raises(NotPossible) as refused:
            await house.db.run(lambda tx, one=attempt: accept(house, tx, one, davide))
        assert refused.value.code == "unknown"
    assert await ringing(house, talk.id)


async def test_a_patient_who_leaves_stops_the_ringing(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    giulia = Actor("patient", "giulia", "Giulia Ferri")
    await house.db.run(lambda tx: end(house, tx, talk.id, giulia))
    assert (await current(house, talk.id)).state is State.CLOSED
    assert "offer-ended" in await told(house, elena)
    with pytest.raises(NotPossible) as refused:
        await house.db.run(lambda tx: accept(house, tx, offer.id, elena))
    assert "patient left" in refused.value.message


async def test_taking_by_hand_has_one_winner(house: House, waiting: Waiting, elena: Actor, davide: Actor) -> None:
    for _ in range(10):
        talk = await waiting()

        async def grab(who: Actor, one: UUID = talk.id) -> str:
            try:
                await house.db.run(lambda tx: take(house, tx, one, who))
            except NotPossible as refused:
                return refused.message
            return who.name

        answers = await asyncio.gather(grab(elena), grab(davide), grab(elena), grab(davide))
        winner = (await current(house, talk.id)).agent_name
        assert answers.count(winner) == 2
        assert answers.count("%(name)s was quicker: this conversation is with them now.") == 2


async def test_the_most_urgent_comes_first_and_the_longest_idle_is_asked(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    calm = await waiting("Anna Bruni")
    urgent = await waiting("Carlo Neri", priority=10)
    await present(house, elena)
    await rings_at(house, urgent.id, elena)
    await rings_at(house, calm.id, elena)
    await present(house, davide)
    third = await waiting("Rita Sala")
    await rings_at(house, third.id, davide)


async def test_who_goes_away_passes_on_what_rings(house: House, waiting: Waiting, elena: Actor, davide: Actor) -> None:
    await present(house, elena, davide)
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    await present(house, elena, presence=Presence.DO_NOT_DISTURB)
    await rings_at(house, talk.id, davide)
    assert "offer-ended" in await told(house, elena)


async def test_only_named_members_serve_a_queue_that_names_them(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    cardio = Queue("cardio", Text("Cardiologia", "Cardiology"), offer_seconds=20)
    await published(house, queues=(*FIRST_PLAN.queues, cardio), members=(Member("davide", ("cardio",)),))
    await present(house, elena)
    talk = await waiting(queue="cardio")
    await asyncio.sleep(0.2)
    assert await ringing(house, talk.id) is None
    await present(house, davide)
    assert (await rings_at(house, talk.id, davide)).seconds == 20
    lost = await waiting(queue="no-such-queue")
    await rings_at(house, lost.id, elena)
    await until(lambda: ringing(house, lost.id))
