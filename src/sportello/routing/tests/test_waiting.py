"""Talks put by: they free a place, and come back to whom they belong, or to whoever is there."""

from collections.abc import Awaitable, Callable
from typing import Any

from sportello.administration.actor import Actor
from sportello.conversations.posting import post
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.routing.accepting import take
from sportello.routing.rules import Presence
from sportello.routing.tests.cast import current, present, published, rings_at, until
from sportello.routing.tests.conftest import Waiting

SignIn = Callable[..., Awaitable[Actor]]


async def put_by(house: House, client: Any, waiting: Waiting, elena: Actor) -> Conversation:
    await published(house, usual_units=1)
    talk = await waiting()
    await house.db.run(lambda tx: take(house, tx, talk.id, elena))
    for _ in range(2):
        answer = await client.post(f"/desk/conversations/{talk.id}/put-by")
        assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    return talk


async def writes(house: House, talk: Conversation) -> None:
    await post(house, talk.id, {"text": "Eccomi"}, sender="patient", client_id=uuid7())


async def test_it_frees_a_place_and_returns_to_its_agent(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await put_by(house, client, waiting, elena)
    await present(house, elena, davide)
    await writes(house, talk)

    async def back() -> bool:
        found = await current(house, talk.id)
        return found.state is State.ACTIVE and str(found.agent) == elena.id

    await until(back)
    assert (await client.post(f"/desk/conversations/{talk.id}/put-by")).json()["state"] == "waiting"
    other = await waiting("Anna Bruni")
    await rings_at(house, other.id, elena if (await current(house, other.id)).agent else davide, 5)


async def test_without_its_agent_it_goes_to_whoever_is_there(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor, davide: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await put_by(house, client, waiting, elena)
    await present(house, elena, presence=Presence.OFFLINE)
    await present(house, davide)
    await writes(house, talk)
    await rings_at(house, talk.id, davide)


async def test_the_agent_may_take_it_up_again(
    house: House, client: Any, sign_in: SignIn, waiting: Waiting, elena: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await put_by(house, client, waiting, elena)
    for _ in range(2):
        assert (await client.post(f"/desk/conversations/{talk.id}/take-up")).json()["state"] == "active"
    await sign_in(client, "agent", "davide")
    for verb in ("put-by", "take-up"):
        assert (await client.post(f"/desk/conversations/{talk.id}/{verb}")).status_code == 403
