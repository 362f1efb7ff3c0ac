"""Every door with an address of its own, knocked at with forged, foreign and hostile names."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from litestar.handlers import HTTPRouteHandler

from sportello.administration.actor import Actor
from sportello.app import ROOMS, application
from sportello.kit.house import House

HOSTILE = ["..%2f..%2fetc%2fpasswd", "%00", quote("x" * 300), quote("🩺 ‮txt"), quote("' or 1=1 --"), quote("<script>")]
OPEN_PREFIXES = ("/static/", "/articles/", "/visit/", "/demo/")


def doors(house: House) -> Iterator[tuple[str, str]]:
    """Method and address pattern of every door whose address has a changing part."""
    app = application(house, ROOMS, lifespan=False)
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and "{" in route.path:
                yield from ((method, route.path) for method in handler.http_methods if method != "OPTIONS")


def address(pattern: str, given: str) -> str:
    """The pattern with every changing part replaced."""
    return "/".join(
        "1" if part.endswith(":int}") else given if part.startswith("{") else part for part in pattern.split("/")
    )


@pytest.mark.parametrize("role", ["", "agent", "supervisor", "administrator"])
async def test_forged_names_open_nothing_and_break_nothing(
    house: House, client: Any, sign_in: Callable[..., Awaitable[Actor]], role: str
) -> None:
    if role:
        await sign_in(client, role)
    known = list(doors(house))
    assert len(known) > 40
    wrong = []
    for method, pattern in known:
        for given in [str(uuid4()), *HOSTILE]:
            answer = await client.request(method, address(pattern, given), headers={"accept": "text/html"})
            body = answer.text
            if answer.status_code >= 500 or "Traceback" in body or "asyncpg" in body:
                wrong.append((method, pattern, given[:20], answer.status_code))
            if answer.status_code < 300 and not role and not pattern.startswith(OPEN_PREFIXES):
                wrong.append((method, pattern, given[:20], answer.status_code))
    assert not wrong, wrong


async def test_a_refusal_is_a_sentence_in_the_readers_language(
    house: House, client: Any, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    await sign_in(client, "agent", language="it")
    italian = (await client.get(f"/desk/patient/{uuid4()}", headers={"accept": "text/html"})).text
    assert 'lang="it"' in italian
    await sign_in(client, "supervisor", language="en")
    english = (await client.get(f"/desk/patient/{uuid4()}", headers={"accept": "text/html"})).text
    assert 'lang="en"' in english
    assert italian != english


async def test_every_intent_without_its_forgery_token_is_refused(
    house: House, client: Any, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    await sign_in(client, "supervisor")
    open_to_all = []
    app = application(house, ROOMS, lifespan=False)
    for given in ({}, {"X-CSRF-Token": "wrong"}):
        client.headers.pop("X-CSRF-Token", None)
        for route in app.routes:
            for handler in getattr(route, "route_handlers", []):
                if not isinstance(handler, HTTPRouteHandler) or not route.path.startswith("/desk"):
                    continue
                for method in handler.http_methods & {"POST", "PUT", "PATCH", "DELETE"}:
                    answer = await client.request(method, address(route.path, str(uuid4())), headers=given)
                    if answer.status_code != 403:
                        open_to_all.append((method, route.path, answer.status_code))
    assert not open_to_all, open_to_all
