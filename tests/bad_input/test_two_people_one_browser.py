"""A browser that is signed in as a patient and as staff: when the staff session ends, staff are asked to sign in."""

from collections.abc import Awaitable, Callable
from typing import Any

from sportello.administration.actor import Actor
from sportello.administration.identifying import COOKIE
from sportello.demo.seeding import seed
from sportello.kit.house import House


async def test_an_ended_staff_session_is_said_as_such_beside_a_patients(
    house: House, client: Any, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    await seed(house)
    entered = await client.post("/portal/sign-in", data={"login": "giulia.ferri", "code": "246810"})
    assert entered.status_code == 303
    await sign_in(client, "supervisor", "marta")
    assert (await client.post("/desk/patients", data={"q": "Ferri"})).status_code == 200
    client.cookies.delete(COOKIE)
    ended = await client.post("/desk/patients", data={"q": "Ferri"}, headers={"HX-Request": "true"})
    assert ended.status_code == 401
    client.headers["X-CSRF-Token"] = "forged"
    assert (await client.post("/portal/sign-out")).status_code == 403
