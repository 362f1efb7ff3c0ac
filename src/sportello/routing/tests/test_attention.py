"""Presence by what people do: missed offers, no input, full places, the house's own presences; how work is told."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.conversations.ending import close, end
from sportello.conversations.moves import NotPossible
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.routing.accepting import accept, take
from sportello.routing.idling import watch_input
from sportello.routing.lapsing import lapse
from sportello.routing.noticing import told as notice_told
from sportello.routing.plan.parts import Notice, OwnPresence, Timers
from sportello.routing.plan.words import Text
from sportello.routing.presence import named, set_presence
from sportello.routing.rejecting import reject
from sportello.routing.rules import Presence
from sportello.routing.store import presences
from sportello.routing.store.presences import Standing
from sportello.routing.tests.cast import current, present, published, rings_at, until
from sportello.routing.tests.conftest import Waiting


async def standing(house: House, who: Actor) -> Standing:
    found = await presences.standing(house.db, UUID(who.id))
    assert found is not None
    return found


async def history(house: House, who: Actor) -> list[tuple[str, str]]:
    kept = await presences.history(house.db, UUID(who.id), house.clock.now() - timedelta(hours=1))
    return [(presence.value, cause) for _, presence, cause in kept]


async def runs_out(house: House, waiting: Waiting, who: Actor, name: str) -> None:
    talk = await waiting(name)
    offer = await rings_at(house, talk.id, who)
    await house.db.execute("update routing.offer set expires_at = offered_at + interval '1 ms' where id = $1", offer.id)
    await house.db.run(lambda tx: lapse(house, tx, {"offer": str(offer.id)}))


async def alerts(house: House, who: Actor) -> list[dict[str, Any]]:
    return [e.body for e in await house.streams.since(f"desk:{who.id}", 0) if e.kind == "alert"]


async def test_three_missed_in_a_row_set_away_and_tell_the_supervisor(
    house: House, waiting: Waiting, elena: Actor, marta: Actor
) -> None:
    await present(house, elena)
    for name in ("Anna", "Bruno"):
        await runs_out(house, waiting, elena, name)
        assert (await standing(house, elena)).presence is Presence.AVAILABLE
    answered = await waiting("Carla")
    offer = await rings_at(house, answered.id, elena)
    await house.db.run(lambda tx: reject(house, tx, offer.id, elena))
    for name in ("Dario", "Ester"):
        await runs_out(house, waiting, elena, name)
        assert (await standing(house, elena)).presence is Presence.AVAILABLE, "an answer broke the row"
    assert await alerts(house, marta) == []
    await runs_out(house, waiting, elena, "Fabio")
    found = await standing(house, elena)
    assert (found.presence, found.cause, found.misses) == (Presence.AWAY, "missed", 0)
    assert await alerts(house, marta) == [{"what": "missed", "name": "Elena Conti", "count": 3}]


async def test_how_many_may_be_missed_is_a_setting(house: House, waiting: Waiting, elena: Actor) -> None:
    await published(house, misses_until_away=1)
    await present(house, elena)
    await runs_out(house, waiting, elena, "Anna")
    assert (await standing(house, elena)).presence is Presence.AWAY


async def test_without_input_an_agent_is_away_until_a_key_is_touched(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await published(house, idle_away_seconds=600)
    await present(house, elena)
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    await present(house, davide)
    for minutes, presence in ((9, Presence.AVAILABLE), (2, Presence.AWAY)):
        await house.db.execute(
            """update routing.presence set since = since - $1::interval, input_at = input_at - $1::interval
            where staff = $2""",
            timedelta(minutes=minutes), UUID(elena.id),
        )  # fmt: skip
        await watch_input(house, [])
        assert (await standing(house, elena)).presence is presence
    await rings_at(house, talk.id, davide)
    await watch_input(house, [UUID(elena.id), UUID(davide.id)])
    found = await standing(house, elena)
    assert (found.presence, found.cause) == (Presence.AVAILABLE, "input")
    assert await history(house, elena) == [("available", "self"), ("away", "idle"), ("available", "input")]
    # Away by choice stays Away, whatever is typed.
    await present(house, elena, presence=Presence.AWAY)
    await watch_input(house, [UUID(elena.id)])
    assert (await standing(house, elena)).presence is Presence.AWAY


async def test_never_is_a_setting_too(house: House, elena: Actor) -> None:
    await published(house, idle_away_seconds=None)
    await present(house, elena)
    await house.db.execute("update routing.presence set since = since - interval '1 day', input_at = null")
    await watch_input(house, [])
    assert (await standing(house, elena)).presence is Presence.AVAILABLE


async def test_a_presence_of_the_house_counts_as_its_base(house: House, waiting: Waiting, elena: Actor) -> None:
    lunch = OwnPresence("lunch", Text("Pausa pranzo", "Lunch"), "away")
    await published(house, presences=(lunch,))
    await present(house, elena)
    talk = await waiting()
    await rings_at(house, talk.id, elena)

    async def choose(name: str) -> Standing:
        async def work(tx: Any) -> Standing:
            found = await named(house, tx, name)
            assert found is not None
            return await set_presence(house, tx, elena, found[0], own=found[1])

        return await house.db.run(work)

    found = await choose("lunch")
    assert (found.presence, found.own) == (Presence.AWAY, "lunch")
    assert (await current(house, talk.id)).state is State.QUEUED, "what rang goes on"
    assert (await choose("away")).own == ""
    async with house.db.transaction() as tx:
        assert await named(house, tx, "siesta") is None


async def test_full_places_show_busy_and_the_history_says_by_work(house: House, waiting: Waiting, elena: Actor) -> None:
    await published(house, timers=Timers(wrap_up_takes_place=False), usual_units=1)
    await present(house, elena)
    talk = await waiting()
    assert (await standing(house, elena)).full_since is None
    await house.db.run(lambda tx: take(house, tx, talk.id, elena))
    assert (await standing(house, elena)).full_since is not None
    await house.db.run(lambda tx: end(house, tx, talk.id, elena))
    assert (await standing(house, elena)).full_since is None, "the after-work takes no place here"
    other = await waiting("Anna")
    await rings_at(house, other.id, elena)
    await house.db.run(lambda tx: close(house, tx, talk.id, elena, note="Fatto."))
    assert await history(house, elena) == [("available", "self"), ("busy", "work"), ("available", "work")]


async def test_work_that_needs_no_answer_is_given_at_once(house: House, waiting: Waiting, elena: Actor) -> None:
    await published(house, notice=Notice(auto_accept=True))
    await present(house, elena)
    talk = await waiting()

    async def given() -> bool:
        return (await current(house, talk.id)).state is State.ACTIVE

    await until(given)
    assert (await current(house, talk.id)).agent == UUID(elena.id)
    assert "given" in [e.kind for e in await house.streams.since(f"desk:{elena.id}", 0)]
    waits = await house.db.fetchval("select count(*) from kit.job where name = 'routing.lapse' and state = 'waiting'")
    assert waits == 0


async def test_where_work_cannot_be_rejected_it_cannot(house: House, waiting: Waiting, elena: Actor) -> None:
    await published(house, notice=Notice(may_reject=False))
    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    with pytest.raises(NotPossible) as refused:
        await house.db.run(lambda tx: reject(house, tx, offer.id, elena))
    assert refused.value.code == "no-reject"
    both = await asyncio.gather(*(house.db.run(lambda tx: accept(house, tx, offer.id, elena)) for _ in range(2)))
    assert {one.state for one in both} == {State.ACTIVE}


@pytest.mark.parametrize(
    ("topic", "said"), [("Visita", "Giulia Ferri, Visita, General"), ("", "Giulia Ferri, General")]
)
def test_a_notice_is_filled_in_and_leaves_no_comma(topic: str, said: str) -> None:
    notice = Notice(text=Text("{patient}, {topic}, {queue}", "{patient}"))
    facts = {"patient": "Giulia Ferri", "topic": topic, "queue": "General"}
    found = notice_told(notice, "it", facts)
    assert found.title == "Richiesta in arrivo"
    assert found.text == said
