"""What supervisors can do wherever a conversation is, and what the board tells them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.ending import end
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.accepting import take
from sportello.routing.board import board
from sportello.routing.reading import offers_of
from sportello.routing.tests.cast import current, present, ringing, rings_at, until
from sportello.routing.tests.conftest import Waiting

SignIn = Callable[..., Awaitable[Actor]]


async def test_a_supervisor_gives_from_anywhere(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await sign_in(client, "supervisor")
    with_bot = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Anna"))
    queued = await waiting()
    await present(house, elena)
    await rings_at(house, queued.id, elena)
    taken = await waiting("Carlo")
    await rings_at(house, taken.id, elena)
    await house.db.run(lambda tx: take(house, tx, taken.id, elena))
    for talk in (with_bot, queued, taken):
        for _ in range(2):
            answer = await client.post(f"/desk/conversations/{talk.id}/assign", data={"staff": davide.id})
            assert (answer.status_code, answer.json()["state"]) == (200, "active"), answer.text
        found = await current(house, talk.id)
        assert (str(found.agent), found.agent_name) == (davide.id, "Davide Greco")
        assert await ringing(house, talk.id) is None
    trail = await house.db.fetchval(
        "select count(*) from administration.audit_event where action = 'conversation.assigned'"
    )
    assert trail == 3


async def test_only_those_who_take_conversations_are_given_one(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor
) -> None:
    sara = await staff_member(house, "administrator")
    talk = await waiting()
    await sign_in(client, "supervisor")
    for staff in (sara.id, str(uuid7()), "x", ""):
        answer = await client.post(f"/desk/conversations/{talk.id}/assign", data={"staff": staff})
        assert answer.status_code == 409
        assert answer.json()["error"] == "Scelga un operatore che possa prendere conversazioni."
    await sign_in(client, "agent")
    answer = await client.post(f"/desk/conversations/{talk.id}/assign", data={"staff": elena.id})
    assert answer.status_code == 403
    assert (await current(house, talk.id)).state is State.QUEUED


async def test_an_agent_puts_back_its_own_and_it_goes_to_the_next(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await present(house, elena)
    talk = await waiting()
    await rings_at(house, talk.id, elena)
    await house.db.run(lambda tx: take(house, tx, talk.id, elena))
    await sign_in(client, "agent", "davide")
    assert (await client.post(f"/desk/conversations/{talk.id}/release")).status_code == 403
    await present(house, davide)
    await sign_in(client, "agent")
    answer = await client.post(f"/desk/conversations/{talk.id}/release", data={"queue": ""})
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    await until(lambda: ringing(house, talk.id))
    assert (await current(house, talk.id)).agent is None


async def test_taking_through_the_door_answers_the_loser_in_words(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    talk = await waiting()
    await sign_in(client, "agent")
    for _ in range(2):
        assert (await client.post(f"/desk/conversations/{talk.id}/take")).status_code == 200
    await sign_in(client, "agent", "davide")
    answer = await client.post(f"/desk/conversations/{talk.id}/take")
    assert answer.status_code == 409
    assert (
        answer.json()["error"] == "Presa un attimo prima da Elena Conti: la conversazione ora è in carico a un collega."
    )


async def test_the_board_shows_everything_that_goes_on(
    house: House, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    with_bot = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Anna"))
    mine = await waiting("Carlo")
    await house.db.run(lambda tx: take(house, tx, mine.id, elena))
    await present(house, davide)
    asked = await waiting("Giulia Ferri")
    await rings_at(house, asked.id, davide)
    over = await waiting("Rita")
    await house.db.run(lambda tx: end(house, tx, over.id, Actor("patient", "rita", "")))
    shown = await board(house, house.db, "it")
    rows = {row.id: row for row in shown.rows}
    assert shown.rows[0].id == asked.id, "who waits stands on top"
    assert set(rows) == {with_bot.id, mine.id, asked.id}
    assert rows[asked.id].offered_to == UUID(davide.id)
    assert rows[asked.id].queue == "Generale"
    assert rows[asked.id].waiting_since is not None
    assert (rows[mine.id].agent_name, rows[mine.id].state) == ("Elena Conti", State.ACTIVE)
    assert rows[with_bot.id].waiting_since is None
    assert shown.counts == {State.BOT: 1, State.ACTIVE: 1, State.OFFERED: 1}
    [offer] = await offers_of(house.db, UUID(davide.id))
    assert (offer.visitor_name, offer.topic, offer.seconds) == ("Giulia Ferri", "Visita", 30)
    assert offer.waiting_since <= offer.offered_at < offer.expires_at
