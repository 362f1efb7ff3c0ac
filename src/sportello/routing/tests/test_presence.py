"""Presence: chosen, taken by a lost line and given back, set by supervisors; and what it does to offers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.lines import Lines, beat
from sportello.routing.presence import arrive
from sportello.routing.rules import Presence
from sportello.routing.store import presences
from sportello.routing.store.presences import Standing
from sportello.routing.tests.cast import current, present, rings_at, told, until
from sportello.routing.tests.conftest import Waiting

SignIn = Callable[..., Awaitable[Actor]]


async def standing(house: House, who: Actor) -> Standing:
    found = await presences.standing(house.db, UUID(who.id))
    assert found is not None
    return found


async def silent_for(house: House, who: Actor, seconds: float) -> None:
    await house.db.execute(
        "update routing.presence set lost_at = $2 where staff = $1",
        UUID(who.id),
        house.clock.now() - timedelta(seconds=seconds),
    )


async def test_agents_arrive_available_and_supervisors_busy(house: House, elena: Actor, marta: Actor) -> None:
    for who, presence in ((elena, Presence.AVAILABLE), (marta, Presence.BUSY)):
        for _ in range(2):
            found = await house.db.run(lambda tx, one=who: arrive(house, tx, one))  # type: ignore[misc]
            assert found is not None
            assert found.presence is presence
    sara = await staff_member(house, "administrator")
    assert await house.db.run(lambda tx: arrive(house, tx, sara)) is None
    await present(house, elena, presence=Presence.OFFLINE)
    again = await house.db.run(lambda tx: arrive(house, tx, elena))
    assert again is not None
    assert again.presence is Presence.OFFLINE, "what was chosen stays"


async def test_a_silent_line_is_asked_nothing_and_its_offers_go_on_in_seconds(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await present(house, elena)
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    await present(house, davide)
    await silent_for(house, elena, 11)
    await rings_at(house, talk.id, davide)
    assert (await standing(house, elena)).presence is Presence.AVAILABLE, "a blink sets nobody Offline"
    history = await house.db.fetch("select outcome from routing.offer where outcome is not null")
    assert [row["outcome"] for row in history] == ["lost"]
    other = await waiting("Anna Bruni")
    await rings_at(house, other.id, davide)


async def test_a_lost_line_is_offline_until_it_returns(house: House, waiting: Waiting, elena: Actor) -> None:
    await present(house, elena)
    await silent_for(house, elena, 61)
    await beat(house)
    found = await standing(house, elena)
    assert (found.presence, found.cause, found.before) == (Presence.OFFLINE, "line", Presence.AVAILABLE)
    talk = await waiting()
    house.port(Lines).polled(UUID(elena.id))
    await beat(house)
    found = await standing(house, elena)
    assert (found.presence, found.cause, found.before) == (Presence.AVAILABLE, "line", None)
    await rings_at(house, talk.id, elena)
    kept = await presences.history(house.db, UUID(elena.id), house.clock.now() - timedelta(hours=1))
    assert [(p, cause) for _, p, cause in kept] == [
        (Presence.AVAILABLE, "self"), (Presence.OFFLINE, "line"), (Presence.AVAILABLE, "line"),
    ]  # fmt: skip
    assert (await told(house, elena)).count("presence") == 3


async def test_chosen_offline_stays_offline_although_connected(house: House, elena: Actor) -> None:
    await present(house, elena, presence=Presence.OFFLINE)
    house.port(Lines).polled(UUID(elena.id))
    await beat(house)
    assert (await standing(house, elena)).presence is Presence.OFFLINE


async def test_an_open_desk_keeps_presence_alive(house: House, server: str, waiting: Waiting, elena: Actor) -> None:
    """A real socket that follows the desk's stream; the desk's own gate is above this room, so one stands in."""
    from sportello.kit.streams import Grant, Listener
    from sportello.kit.streams.tests.talking import tab

    class Open:
        async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant:
            return Grant("staff")

    house.streams.gate("desk", Open())  # type: ignore[arg-type]
    known = Listener("staff", elena.id, elena.name, "it", elena.permissions)
    house.streams.authenticator(lambda _h, given: known if getattr(given, "cookies", {}).get("who") else None)
    async with tab(server, "elena") as line:
        await line.follow(f"desk:{elena.id}")

        async def arrived() -> bool:
            found = await presences.standing(house.db, UUID(elena.id))
            return found is not None and found.presence is Presence.AVAILABLE

        await until(arrived)
        await silent_for(house, elena, 30)

        async def seen() -> bool:
            return (await standing(house, elena)).lost_at is None

        await until(seen)
        talk = await waiting()
        await rings_at(house, talk.id, elena)


async def test_the_presence_door(house: House, client: Any, sign_in: SignIn, elena: Actor) -> None:
    await sign_in(client, "agent")
    for presence in Presence:
        answer = await client.post("/desk/presence", data={"presence": presence.value})
        assert (answer.status_code, answer.json()["presence"]) == (200, presence.value)
    for wrong in ("", "asleep", "AVAILABLE", "<b>"):
        answer = await client.post("/desk/presence", data={"presence": wrong})
        assert answer.status_code == 400
        assert answer.json()["error"] == "Scelga una delle presenze."
    assert (await client.post(f"/desk/agents/{elena.id}/presence", data={"presence": "away"})).status_code == 403


async def test_a_supervisor_sets_a_presence_on_record(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor
) -> None:
    await sign_in(client, "supervisor")
    await present(house, elena)
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    answer = await client.post(f"/desk/agents/{elena.id}/presence", data={"presence": "away"})
    assert answer.status_code == 200
    assert (await current(house, talk.id)).state is State.QUEUED
    found = await standing(house, elena)
    assert (found.presence, found.cause) == (Presence.AWAY, "supervisor")
    assert await house.db.fetchval("select count(*) from administration.audit_event where action = 'presence.set'") == 1
    unknown = await client.post(f"/desk/agents/{uuid7()}/presence", data={"presence": "away"})
    assert unknown.status_code == 409


@pytest.mark.parametrize("verb", ["accept", "reject"])
async def test_the_answers_doors(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor, verb: str
) -> None:
    import asyncio

    await present(house, elena)
    talk = await waiting()
    offer = await rings_at(house, talk.id, elena)
    await sign_in(client, "agent", "davide")
    refused = await client.post(f"/desk/offers/{offer.id}/{verb}")
    assert (refused.status_code, refused.json()["error"]) == (
        404, "Questa richiesta non è rivolta a Lei, o non esiste.",
    )  # fmt: skip
    await sign_in(client, "agent")
    answers = await asyncio.gather(*(client.post(f"/desk/offers/{offer.id}/{verb}") for _ in range(3)))
    assert [a.status_code for a in answers] == [200] * 3
    other = "reject" if verb == "accept" else "accept"
    late = await client.post(f"/desk/offers/{offer.id}/{other}")
    assert late.status_code == 409
    assert late.json()["error"].startswith("Ha già")
    for forged in ("x", str(uuid7()), "%00"):
        assert (await client.post(f"/desk/offers/{forged}/{verb}")).status_code == 404


async def test_beats_write_nothing_about_agents_who_stay(house: House, elena: Actor, davide: Actor) -> None:
    await present(house, elena, davide)
    for who in (elena, davide):
        house.port(Lines).polled(UUID(who.id))
    await beat(house)

    async def versions() -> list[str]:
        rows = await house.db.fetch(
            """select p.ctid::text || l.ctid::text as v from routing.presence p join routing.line l using (staff)
            order by p.staff"""
        )
        return [row["v"] for row in rows]

    before = await versions()
    assert len(before) == 2
    for _ in range(3):
        await beat(house)
    assert await versions() == before


async def test_the_lines_of_a_process_that_died_are_gone(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await present(house, elena)
    dead = uuid7()
    await house.db.execute("insert into routing.process values ($1, now())", dead)
    await house.db.execute("insert into routing.line values ($1, $2)", UUID(elena.id), dead)
    await beat(house)
    assert (await standing(house, elena)).lost_at is None
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    await present(house, davide)
    await house.db.execute("update routing.process set beat_at = now() - interval '9 s' where id = $1", dead)
    await beat(house)
    assert (await standing(house, elena)).lost_at is not None
    await silent_for(house, elena, 11)
    await rings_at(house, talk.id, davide)


async def test_a_process_that_slept_tells_its_lines_anew(house: House, elena: Actor) -> None:
    await present(house, elena)
    house.port(Lines).polled(UUID(elena.id))
    await beat(house)
    await house.db.execute("delete from routing.process")
    await beat(house)
    assert await house.db.fetchval("select count(*) from routing.line") == 1
